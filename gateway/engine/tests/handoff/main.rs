//! The hand-off protocol: the gateway's own source under the model checker, its state machine
//! against a naive model, and each deliberate fault caught by one of them.

#[cfg(test)]
mod model;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod slots;
