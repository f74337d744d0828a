//! What every backend must do: one list of checks, run for each backend that claims the capability,
//! and `Unsupported` expected of the rest.

#[cfg(test)]
mod case;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reencrypt;
#[cfg(test)]
mod single;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod vectors;
