//! First configuration, logins and pairing. What is inside the tokens is not looked at here.
// spec: encedo-hem 3.3, 3.5 to 3.7

use typex_core::limits::{PEER_CONTEXT_CHARS_MAX, PEER_NOTE_CHARS_MAX, PEER_SCOPE_BYTES_MAX};
use typex_core::op::instance::{Call, LoginWish, Pairing, Parsed};

use super::body::VALUE;
use super::{Body, Input};

/// A login with a passphrase.
pub(in crate::encedo_hem) fn login(input: &Input<'_>) -> Call {
    Call::Login(input.body(|body| body.required_text("auth")))
}

/// The first configuration.
pub(in crate::encedo_hem) fn init(input: &Input<'_>) -> Call {
    Call::Init(input.body(|body| body.required_text("init")))
}

/// The begin of a pairing.
pub(in crate::encedo_hem) fn begin_pairing(input: &Input<'_>) -> Call {
    Call::BeginPairing(input.body(|body| body.required_array("epk")))
}

/// Its end.
pub(in crate::encedo_hem) fn pair(input: &Input<'_>) -> Call {
    Call::Pair(input.body(|body| {
        let pid = body.required_array("pid")?;
        Ok(Pairing { pid, reply: body.required_text("reply")? })
    }))
}

/// A proof to an authenticator.
pub(in crate::encedo_hem) fn prove(input: &Input<'_>) -> Call {
    Call::ProveToPeer(input.body(|body| body.required_array("epk")))
}

/// A login that authenticators shall approve.
pub(in crate::encedo_hem) fn ask_for_login(input: &Input<'_>) -> Call {
    Call::AskForLogin(input.body(|body| {
        let epk = body.required_array("epk")?;
        let scope = body.required_text("scope")?;
        if scope.len() > PEER_SCOPE_BYTES_MAX {
            return Err(VALUE);
        }
        let ctx = remark(body, "ctx", PEER_CONTEXT_CHARS_MAX);
        Ok(LoginWish { epk, scope, ctx, note: remark(body, "note", PEER_NOTE_CHARS_MAX) })
    }))
}

/// An authenticator's approval.
pub(in crate::encedo_hem) fn login_by_peer(input: &Input<'_>) -> Call {
    Call::LoginByPeer(input.body(|body| body.required_text("authreply")))
}

/// A text of 1 to `most` characters; anything else counts as absent.
fn remark(body: &Body<'_>, name: &str, most: usize) -> Option<String> {
    let text: Parsed<_> = body.text(name);
    let text = text.ok().flatten()?;
    (1..=most).contains(&text.chars().count()).then(|| text.into_owned())
}
