//! Entry points for fuzzing: arbitrary bytes through every layout.

use super::Ask;
use crate::key::ObjectUse;
use crate::key::object::{Contents, Settings, Upload};
use crate::secret::Secret;

/// Reads `data` as what an object of each use holds, as what its maker fills in, and as a request.
pub fn parse(data: &[u8]) {
    for what in ObjectUse::ALL {
        let contents = Contents::parse(what, data);
        drop(Upload::read(what, Some(Secret::new(data.to_vec()))));
        let settings = contents.map_or_else(|_| some_settings(), |contents| contents.settings);
        drop(Ask::read((what, &settings), data, &[7; 16]));
    }
}

fn some_settings() -> Settings {
    Settings { formats: Some((0, 4)), block_bytes: 16, ..Settings::default() }
}
