//! The Verilated card.
