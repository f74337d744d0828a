//! First configuration, logins and pairing.
// spec: encedo-hem 3

use typex_core::op::instance::{Answer, Challenge};

use super::Content;
use crate::json::Object;

/// The content of these answers; the others have none here.
pub(super) fn content(answer: &Answer) -> Content<'_> {
    let object = Object::default();
    Content::Json(match answer {
        Answer::Challenge(challenge) => {
            start(challenge).with("lbl", &challenge.label).with("eid", &challenge.eid)
        }
        Answer::InitChallenge { challenge, genuine } => {
            start(challenge).with("genuine", genuine).with("eid", &challenge.eid)
        }
        Answer::Token(token) => object.with("token", token.expose()),
        Answer::Initialised { instance, token, csr } => {
            let object = object.with("instanceid", instance).with("token", token.expose());
            let object = object.maybe("csr", csr.as_ref().map(|(csr, _)| csr));
            object.maybe("genuine", csr.as_ref().map(|(_, genuine)| genuine))
        }
        Answer::PairRequest { request, eid } => object.with("request", request).with("eid", eid),
        Answer::Paired { key, code } => object.with("kid", key.to_string()).with("code", code),
        Answer::Proof { nonce, mac, eid } => {
            object.with("nonce", nonce).with("mac", mac).with("eid", eid)
        }
        Answer::LoginRequest { request, epk } => object.with("authreq", request).with("epk", epk),
        _ => return Content::Nothing,
    })
}

fn start(challenge: &Challenge) -> Object<'_> {
    let object = Object::default().with("exp", challenge.exp).with("spk", &challenge.spk);
    object.with("jti", &challenge.jti)
}
