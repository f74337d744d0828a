//! The algorithms of a security module through their public interface.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod cipher;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod post_quantum;
#[cfg(test)]
mod random;
#[cfg(test)]
mod rsa;
#[cfg(test)]
mod rsa_vectors;
#[cfg(test)]
mod self_test;
#[cfg(test)]
mod signature;
