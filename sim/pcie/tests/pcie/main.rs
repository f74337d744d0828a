//! The link as host and device see it.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod host;
#[cfg(test)]
mod link;
#[cfg(test)]
mod script;
