//! The log, and what the dialect says of itself.
// spec: encedo-hem 7.1, 10

use typex_core::op::instance::Call;

use super::member::{BYTES_32, Kind, Member, NUMBER};
use super::{Gives, Route};
use crate::encedo_hem::read::logger as read;

const SCOPE: &str = "logger:get";
const FILES: &[Member] = &[Member::new("total", NUMBER), Member::new("id", Kind::Texts)];

pub(super) const ROUTES: &[Route] = &[
    Route::get("/api/logger/key", |_| Call::LogKey)
        .about("The key under which logs are signed, with a proof of it")
        .token(SCOPE)
        .gives(&[
            Member::new("key", BYTES_32),
            Member::new("nonce", BYTES_32),
            Member::new("nonce_signed", Kind::Bytes(64, 64)),
        ]),
    Route::get("/api/logger/list", read::list)
        .about("Names of log files, oldest first")
        .token(SCOPE)
        .gives(FILES),
    Route::get("/api/logger/list/{offset}", read::list)
        .about("Names of log files from an offset on")
        .token(SCOPE)
        .gives(FILES),
    Route::get("/api/logger/{id}", read::file)
        .about("One log file")
        .token(SCOPE)
        .holds(Gives::Text),
    Route::get("/api/openapi.json", |_| Call::Describe)
        .about("This description")
        .holds(Gives::Description),
    Route::get("/api/docs", |_| Call::Describe)
        .about("A page to read and try this API")
        .holds(Gives::Page),
];
