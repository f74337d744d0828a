#pragma once

// Thrown by the handler of `$fatal` and of Verilator's own errors; caught before the call from
// Rust returns.
struct Stopped {};
