//! Management of keys.
// spec: encedo-hem 5.5

use typex_core::limits::DESCRIPTION_BYTES_MAX;

use super::member::{BYTES, EXT_KID, KEY_TYPE, KID, Kind, Member, NUMBER, PUBKEY, TEXT, TIME};
use super::{Route, Verb};
use crate::encedo_hem::names;
use crate::encedo_hem::read::keymgmt as read;

const LABEL: Member = Member::new("label", Kind::Label);
const DESCR: Member = Member::optional("descr", Kind::Bytes(0, DESCRIPTION_BYTES_MAX));
/// Looked at on the curves of ECDSA alone; others send anything.
const MODE: Member = Member::optional("mode", TEXT);

const LISTED: &[Member] = &[
    Member::new("offset", NUMBER),
    Member::new("deleted", NUMBER),
    Member::new("total", NUMBER),
    Member::new("listed", NUMBER),
    Member::new(
        "list",
        Kind::Objects(&[
            KID,
            Member::new("created", TIME),
            Member::new("type", TEXT),
            LABEL,
            DESCR,
            Member::new("updated", TIME),
        ]),
    ),
];

pub(super) const ROUTES: &[Route] = &[
    Route::get("/api/keymgmt/get/{kid}", read::show)
        .about("Shows a key")
        .token("keymgmt:get, keymgmt:gen, keymgmt:use:<kid>")
        .gives(&[Member::new("type", TEXT), PUBKEY, Member::new("updated", TIME)]),
    Route::get("/api/keymgmt/list", read::list)
        .about("Lists keys in the order in which they were made, 15 at a time")
        .token("keymgmt:list")
        .gives(LISTED),
    Route::get("/api/keymgmt/list/{offset}", read::list)
        .about("Lists keys from an offset on")
        .token("keymgmt:list")
        .gives(LISTED),
    Route::get("/api/keymgmt/list/{offset}/{count}", read::list)
        .about("Lists at most so many keys from an offset on")
        .token("keymgmt:list")
        .gives(LISTED),
    Route::post("/api/keymgmt/search", read::search)
        .about("Finds keys by their descriptions; ^ in front or $ behind anchors the text")
        .either("keymgmt:search, keymgmt:list, auth:ext:pair")
        .takes(&[
            Member::new("descr", Kind::Needle),
            Member::optional("offset", NUMBER),
            Member::optional("limit", NUMBER),
        ])
        .gives(LISTED),
    Route::post("/api/keymgmt/create", read::create)
        .about("Makes a key; mode is ECDH, ExDSA or ECDH,ExDSA for ECDSA, ExDSA or RSAES for RSA")
        .token("keymgmt:gen")
        .takes(&[LABEL, Member::new("type", KEY_TYPE), MODE, DESCR])
        .gives(&[KID]),
    Route::post("/api/keymgmt/import", read::import)
        .about("Brings in a public key")
        .token("keymgmt:imp")
        .takes(&[
            LABEL,
            Member::new("type", Kind::Choice(names::pair_types)),
            Member::new("pubkey", BYTES),
            MODE,
            DESCR,
        ])
        .gives(&[KID]),
    Route::post("/api/keymgmt/derive", read::derive)
        .about("Makes a key out of an agreed secret; the same input gives the same key")
        .token("keymgmt:derive, keymgmt:gen")
        .takes(&[
            KID,
            LABEL,
            Member::new("type", Kind::Choice(names::derived_types)),
            EXT_KID,
            PUBKEY,
            MODE,
            DESCR,
        ])
        .gives(&[KID]),
    Route::post("/api/keymgmt/update", read::update)
        .about("Changes label and description; a description that is not sent is taken away")
        .token("keymgmt:upd")
        .takes(&[KID, LABEL, DESCR]),
    Route::new(Verb::Delete, "/api/keymgmt/delete/{kid}", read::delete)
        .about("Removes a key and its material")
        .token("keymgmt:del"),
];
