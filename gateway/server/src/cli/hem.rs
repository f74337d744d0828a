//! `typex hem`.

use std::path::Path;

use super::HemCommand;
use super::run::{Failure, ask, confirmed};
use super::table;
use crate::admin::Request;
use crate::config::Config;
use crate::hem::backend;

/// Virtual security modules, and the check-in service.
pub(super) fn hem(data: &Path, config: &Config, command: HemCommand) -> Result<(), Failure> {
    let done = |request| ask(data, config, request).map(drop);
    match command {
        HemCommand::Add { name } => done(Request::AddHem { name }),
        HemCommand::List { json } => table::hems(ask(data, config, Request::Hems)?, json),
        HemCommand::Start { name } => done(Request::StartHem { name }),
        HemCommand::Remove { name, yes } => {
            if !yes && !confirmed(&format!("Erase {name}, its keys and its logs for ever?"))? {
                return Err("nothing done".into());
            }
            done(Request::RemoveHem { name })
        }
        HemCommand::Backend { key, listen } => Ok(backend::run(&key, listen)?),
    }
}
