//! The engine through its public interface.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod capabilities;
#[cfg(test)]
mod card;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod making;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod together;
#[cfg(test)]
mod user_auth;
#[cfg(test)]
mod using;
#[cfg(test)]
mod using_rsa;
#[cfg(test)]
mod vectors;
