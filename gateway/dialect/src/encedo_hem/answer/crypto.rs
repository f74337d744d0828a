//! What comes of using a key. The route says under which name.
// spec: encedo-hem 6

use typex_core::key::Algorithm;
use typex_core::op::crypto::CryptoAnswer;

use super::Content;
use crate::encedo_hem::route::{Gives, Member, Route};
use crate::json::Object;

/// Name of the member that tells the algorithm of the key, where a route gives it.
const ALGORITHM: &str = "alg";

/// The content of an answer to a call of `route`.
pub(super) fn content<'a>(
    route: Option<&Route>,
    algorithm: Algorithm,
    answer: &'a CryptoAnswer,
) -> Content<'a> {
    let members = match route.map(|route| route.gives) {
        Some(Gives::Json(members)) => members,
        _ => &[],
    };
    let tells_algorithm = members.iter().any(|member| member.name == ALGORITHM);
    let name = tells_algorithm.then(|| algorithm.name());
    let object = Object::default().maybe(ALGORITHM, name);
    let value_name = value_name(members);
    Content::Json(match answer {
        CryptoAnswer::Verified => return Content::Nothing,
        CryptoAnswer::Public(bytes) => object.bytes(value_name, bytes),
        CryptoAnswer::Secret(bytes) => object.bytes(value_name, bytes.expose()),
        CryptoAnswer::Encrypted { ciphertext, iv, tag } => {
            let object = object.bytes("ciphertext", ciphertext);
            object.maybe("iv", iv.as_ref()).maybe("tag", tag.as_ref())
        }
        CryptoAnswer::Encapsulated { secret, ciphertext } => {
            object.bytes("ss", secret.expose()).bytes("ct", ciphertext)
        }
    })
}

/// The first member that is not the algorithm.
fn value_name(members: &[Member]) -> &'static str {
    members.iter().find(|member| member.name != ALGORITHM).map_or("", |member| member.name)
}
