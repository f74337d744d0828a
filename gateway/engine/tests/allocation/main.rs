//! A binary of its own, since it counts every allocation of its threads.

#[cfg(test)]
mod count;
