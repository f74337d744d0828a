//! The whole gateway, tested from outside: the real binary, real clients, real sockets.
//!
//! `./tests/run` builds what these tests start and runs them group by group; each module is a
//! group.
#![forbid(unsafe_code)]

mod bad_input;
mod card;
mod clients;
mod durability;
mod enrolment;
mod frames;
mod harness;
mod hem;
mod load;
mod newcomer;
mod operation;
mod payments;
mod registration;
mod requests;
mod scenarios;
mod secrets;
mod streams;
mod tidy;
mod tokens;
mod vault;
