//! A PCIe link in software, with its own time.
#![forbid(unsafe_code)]
