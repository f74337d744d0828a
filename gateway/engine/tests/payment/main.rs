//! Payment operations through their public interface.
//!
//! `vectors.json` holds known answers: published test data of ANSI X9.24-1 and -3, TR-31, X9.143,
//! ISO 20038, ISO 9797-1, SP 800-38A, B and G and RFC 4231 where `source` names them, and answers
//! that several independent programs computed alike elsewhere; `verified_by` lists those. Rows
//! without arithmetic state a rule.

#[cfg(test)]
mod card;
#[cfg(test)]
mod data;
#[cfg(test)]
mod dukpt;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod key_block;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod older;
#[cfg(test)]
mod pin;
#[cfg(test)]
mod price;
#[cfg(test)]
mod reencryption;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rsa;
#[cfg(test)]
mod seal;
#[cfg(test)]
mod token;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod world;
