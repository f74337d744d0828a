//! Calls as text.

use typex_core::op::Op;
use typex_core::op::crypto::{Crypto, CryptoCall, Party};
use typex_core::op::instance::{Call, ConfigChange, Parsed, Request};
use typex_core::op::manage::{Attributes, Manage, NewKey};
use typex_core::principal::Credential;

/// What a request means.
pub(super) fn describe(call: &typex_dialect::Call) -> String {
    let candidates = call.candidates.as_slice();
    assert!(candidates.len() == 1 && candidates[0].key.is_none());
    assert!(matches!(candidates[0].credential, Credential::None));
    let Op::Instance(request) = &call.op else { panic!("another operation") };
    let Request { host, origin, bearer, call } = &**request;
    let mut lines = vec![call.action().name().to_owned()];
    let (host, origin) = (host.as_deref(), origin.as_deref());
    let bearer = bearer.as_ref().map(|token| token.expose().as_str());
    for (name, text) in [("host", host), ("origin", origin), ("bearer", bearer)] {
        lines.extend(text.map(|text| format!("{name} {text}")));
    }
    lines.push(name(call));
    lines.join("\n")
}

fn name(call: &Call) -> String {
    match call {
        Call::Unknown => "Unknown".into(),
        Call::Preflight => "Preflight".into(),
        Call::Describe => "Describe".into(),
        Call::Version => "Version".into(),
        Call::Status => "Status".into(),
        Call::CheckIn => "CheckIn".into(),
        Call::GetConfig => "GetConfig".into(),
        Call::Attestation => "Attestation".into(),
        Call::SelfTest => "SelfTest".into(),
        Call::Reboot => "Reboot".into(),
        Call::Shutdown => "Shutdown".into(),
        Call::Upgrade => "Upgrade".into(),
        Call::Storage(disk) => format!("Storage {disk:?}"),
        Call::Challenge => "Challenge".into(),
        Call::InitChallenge => "InitChallenge".into(),
        Call::LogKey => "LogKey".into(),
        call => with_content(call),
    }
}

fn with_content(call: &Call) -> String {
    match call {
        Call::CheckedIn(token) => show("CheckedIn", token, Clone::clone),
        Call::SetConfig(change) => show("SetConfig", change, |change| config(change)),
        Call::Provision(one) => {
            show("Provision", one, |one| format!("{} {}", one.genuine, hex(&one.certificate)))
        }
        Call::Login(token) => show("Login", token, Clone::clone),
        Call::Init(token) => show("Init", token, Clone::clone),
        Call::BeginPairing(epk) => show("BeginPairing", epk, |epk| hex(epk)),
        Call::Pair(pairing) => {
            show("Pair", pairing, |pairing| format!("{} {}", hex(&pairing.pid), pairing.reply))
        }
        Call::ProveToPeer(epk) => show("ProveToPeer", epk, |epk| hex(epk)),
        Call::AskForLogin(wish) => show("AskForLogin", wish, |wish| {
            format!("{} {} {:?} {:?}", hex(&wish.epk), wish.scope, wish.ctx, wish.note)
        }),
        Call::LoginByPeer(token) => show("LoginByPeer", token, Clone::clone),
        Call::Manage(kind, one) => show(&format!("Manage {kind:?}"), one, manage),
        Call::Crypto { kind, key, crypto: call } => {
            let key = show("key", key, ToString::to_string);
            format!("Crypto {kind:?}\n{key}\n{}", show("crypto", call, |call| crypto(call)))
        }
        Call::ListLogs(offset) => show("ListLogs", offset, ToString::to_string),
        Call::GetLog(name) => show("GetLog", name, |name| format!("{name:08x}")),
        _ => panic!("a call without content"),
    }
}

fn show<T>(name: &str, content: &Parsed<T>, show: impl FnOnce(&T) -> String) -> String {
    match content {
        Ok(content) => format!("{name} {}", show(content)),
        Err(kind) => format!("{name} error {kind:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    if bytes.len() > 64 {
        return format!("{}..({} bytes)", const_hex::encode(&bytes[..8]), bytes.len());
    }
    format!("<{}>", const_hex::encode(bytes))
}

fn config(change: &ConfigChange) -> String {
    let tls = change.tls.as_ref().map(|tls| (hex(&tls.chain), tls.with_key));
    let user_key = change.user_key.as_ref();
    let user_key = user_key.map(|one| (hex(&one.public), hex(&one.mac), hex(&one.nonce)));
    [
        format!("{:?} {:?} {:?}", change.user, change.email, change.origin),
        format!("{:?} {:?}", change.trusted_ts, change.trusted_backend),
        format!("{:?} {:?}", change.allow_keysearch, change.ctx),
        format!("{:?} {:?}", change.http_option_hsts, change.http_option_dosprot_mode),
        format!("{:?} {:?}", change.dnsd, change.storage_mode),
        format!("{:?} {tls:?}", change.storage_disk0size),
        format!("{} {} {user_key:?}", change.gen_csr, change.wipeout),
    ]
    .join("\n")
}

fn attributes(attributes: &Attributes) -> String {
    format!("label {:?} descr {}", attributes.label, hex(&attributes.description))
}

fn new_key(new: &NewKey) -> String {
    format!("{:?} {:?} {}", new.algorithm, new.purposes, attributes(&new.attributes))
}

fn party(party: &Party) -> String {
    match party {
        Party::Stored(key) => format!("stored {key}"),
        Party::Public(public) => format!("public {}", hex(public)),
    }
}

fn manage(manage: &Manage) -> String {
    match manage {
        Manage::Create(new) => new_key(new),
        Manage::Import { new, public } => format!("{} public {}", new_key(new), hex(public)),
        Manage::Derive { new, from, peer, info } => {
            let info = String::from_utf8_lossy(info);
            format!("{} from {from} {} info {info}", new_key(new), party(peer))
        }
        Manage::List(page) => format!("{} {}", page.offset, page.count),
        Manage::Search { needle, page } => format!(
            "{} {} {} {} {}",
            hex(&needle.bytes),
            needle.at_start,
            needle.at_end,
            page.offset,
            page.count
        ),
        Manage::Get(key) | Manage::Delete(key) => key.to_string(),
        Manage::Update { key, attributes: new } => format!("{key} {}", attributes(new)),
    }
}

fn crypto(crypto: &Crypto) -> String {
    let peer = crypto.peer.as_ref().map_or_else(|| "alone".to_owned(), party);
    format!("{peer} {}", crypto_call(&crypto.call)).trim_end().to_owned()
}

fn crypto_call(call: &CryptoCall) -> String {
    match call {
        CryptoCall::Mac { hash, message } => format!("{hash:?} {}", hex(message.expose())),
        CryptoCall::VerifyMac { hash, message, mac } => {
            format!("{hash:?} {} {}", hex(message.expose()), hex(mac))
        }
        CryptoCall::Sign { scheme, message, context } => {
            format!("{scheme:?} {} context {}", hex(message.expose()), hex(context))
        }
        CryptoCall::Verify { scheme, message, context, signature } => {
            let message = hex(message.expose());
            format!("{scheme:?} {message} context {} {}", hex(context), hex(signature))
        }
        CryptoCall::Encrypt { cipher, message, aad, context } => {
            let message = hex(message.expose());
            format!("{cipher:?} {message} aad {} context {}", hex(aad), hex(context))
        }
        CryptoCall::Decrypt { cipher, message, aad, context, iv, tag } => {
            let (iv, tag) = (iv.map(|iv| hex(&iv)), tag.map(|tag| hex(&tag)));
            let start = format!("{cipher:?} {} aad {}", hex(message), hex(aad));
            format!("{start} context {} iv {iv:?} tag {tag:?}", hex(context))
        }
        CryptoCall::Wrap { bits, message, context, iv } => {
            let iv = iv.map(|iv| hex(&iv));
            format!("{bits:?} {} context {} iv {iv:?}", hex(message.expose()), hex(context))
        }
        CryptoCall::Unwrap { bits, message, context, iv } => {
            let iv = iv.map(|iv| hex(&iv));
            format!("{bits:?} {} context {} iv {iv:?}", hex(message), hex(context))
        }
        CryptoCall::Agree { hash } => format!("{hash:?}"),
        CryptoCall::Decapsulate { ciphertext } => hex(ciphertext),
        _ => String::new(),
    }
}
