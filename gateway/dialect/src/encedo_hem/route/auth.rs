//! First configuration, logins and pairing.
// spec: encedo-hem 3.2 to 3.7

use typex_core::limits::PEER_SCOPE_BYTES_MAX;
use typex_core::op::instance::Call;

use super::Route;
use super::member::{BYTES_32, KID, Kind, Member, TEXT, TIME, TOKEN};
use crate::encedo_hem::read::auth as read;

const EID: Member = Member::new("eid", BYTES_32);
const EPK: Member = Member::new("epk", BYTES_32);
const EXP: Member = Member::new("exp", TIME);
const JTI: Member = Member::new("jti", BYTES_32);
const SPK: Member = Member::new("spk", BYTES_32);
const ACCESS_TOKEN: Member = Member::new("token", TOKEN);
const PAIR: &str = "auth:ext:pair, system:config";

pub(super) const ROUTES: &[Route] =
    &[
        Route::get("/api/auth/token", |_| Call::Challenge)
            .about("A challenge for a login")
            .gives(&[EXP, SPK, JTI, Member::new("lbl", TEXT), EID]),
        Route::post("/api/auth/token", read::login)
            .about("A login with a passphrase: the signed answer to a challenge")
            .takes(&[Member::new("auth", TOKEN)])
            .gives(&[ACCESS_TOKEN]),
        Route::get("/api/auth/init", |_| Call::InitChallenge)
            .about("A challenge for the first configuration")
            .gives(&[EXP, SPK, JTI, Member::new("genuine", TEXT), EID]),
        Route::post("/api/auth/init", read::init)
            .about("The first configuration, signed by the administrator")
            .takes(&[Member::new("init", TOKEN)])
            .gives(&[
                Member::new("instanceid", TEXT),
                ACCESS_TOKEN,
                Member::optional("csr", TEXT),
                Member::optional("genuine", TEXT),
            ]),
        Route::post("/api/auth/ext/init", read::begin_pairing)
            .about("Begins to pair an authenticator")
            .token(PAIR)
            .takes(&[EPK])
            .gives(&[Member::new("request", TOKEN), EID]),
        Route::post("/api/auth/ext/validate", read::pair)
            .about("Ends a pairing with the authenticator's reply")
            .token(PAIR)
            .takes(&[Member::new("pid", BYTES_32), Member::new("reply", TOKEN)])
            .gives(&[KID, Member::new("code", BYTES_32)]),
        Route::post("/api/auth/ext/mac", read::prove)
            .about("Proves the instance to an authenticator")
            .token(PAIR)
            .takes(&[EPK])
            .gives(&[Member::new("nonce", BYTES_32), Member::new("mac", BYTES_32), EID]),
        Route::post("/api/auth/ext/request", read::ask_for_login)
            .about("Asks paired authenticators for a login")
            .takes(&[
                EPK,
                Member::new("scope", Kind::Text(0, PEER_SCOPE_BYTES_MAX)),
                Member::optional("ctx", TEXT),
                Member::optional("note", TEXT),
            ])
            .gives(&[Member::new("authreq", TOKEN), EPK]),
        Route::post("/api/auth/ext/token", read::login_by_peer)
            .about("A login with an authenticator's reply")
            .takes(&[Member::new("authreply", TOKEN)])
            .gives(&[ACCESS_TOKEN]),
    ];
