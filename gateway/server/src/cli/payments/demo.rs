//! `typex payments demo`: a PIN is translated and a card re-encrypted, each call shown.

use std::io::Write;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use typex_core::op::payment::access::AccessSecret;

use super::super::run::Failure;
use super::super::table::unexpected;
use super::client::{Client, Target};
use crate::admin::payments::{EndWanted, PairWanted, PaymentAnswer, PaymentRequest};
use crate::admin::{self, Answer, Desk, Request};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::{opening, serve};

/// A card that no scheme issues.
const PAN: &str = "4000001234562";
/// The same in a field of whole blocks, as ASCII.
const CARD: &str = "34303030303031323334353632202020";

const INTRODUCTION: &str = "\
A gateway of this process alone, with a store that is gone afterwards. What an operator does first:
an access key, five keys, and leave for the three pairs between which a PIN and a card may pass.
";

/// The demonstration, written to `out`.
pub(super) fn demo(out: &mut impl Write) -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    let mut config = Config::default();
    config.engine.cores = 1;
    config.engine.pool_threads = 1;
    let store = opening::open(&data, &config)?;
    let gateway = serve::private(&data, &config, &store)?;
    let shown = show(out, &gateway, &config);
    gateway.engine.close();
    gateway.hems.close();
    store.close()?;
    shown
}

fn show(out: &mut impl Write, gateway: &Arc<Gateway>, config: &Config) -> Result<(), Failure> {
    writeln!(out, "{INTRODUCTION}")?;
    let (access, partition) = access_key(gateway, config)?;
    writeln!(out, "access key  {}", access.0)?;
    let client = Client::new(gateway, access)?;
    let keys = Keys {
        terminal: make(out, &client, "terminal", "TR31_P0_PIN_ENCRYPTION_KEY", "TDES_3KEY")?,
        host: make(out, &client, "host", "TR31_P0_PIN_ENCRYPTION_KEY", "AES_256")?,
        verification: make(out, &client, "PVV", "TR31_V2_VISA_PIN_VERIFICATION_KEY", "TDES_2KEY")?,
        shop: make(out, &client, "shop", "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "TDES_3KEY")?,
        bank: make(out, &client, "bank", "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_256")?,
    };
    let made = ("pin_generation", &*keys.verification, &*keys.terminal);
    pair(gateway, config, &partition, made)?;
    pair(gateway, config, &partition, ("pin", &keys.terminal, &keys.host))?;
    pair(gateway, config, &partition, ("data", &keys.shop, &keys.bank))?;
    writeln!(out, "pairs       PVV to terminal for new PINs, terminal to host for PINs,")?;
    writeln!(out, "            shop to bank for data\n")?;
    let mut calls = Calls { out, client: &client, count: 0 };
    pins(&mut calls, &keys)?;
    card(&mut calls, &keys)
}

/// Full names of keys.
struct Keys {
    terminal: String,
    host: String,
    verification: String,
    shop: String,
    bank: String,
}

/// Calls, numbered as they are shown.
struct Calls<'a, W> {
    out: &'a mut W,
    client: &'a Client,
    count: u32,
}

impl<W: Write> Calls<'_, W> {
    fn call(&mut self, name: &str, said: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        self.count += 1;
        writeln!(self.out, "{}. {name}: {said}\n", self.count)?;
        writeln!(self.out, "POST {path}\n{body:#}\n")?;
        let (status, answer) = self.client.send(Target::Data(path), body)?;
        writeln!(self.out, "{status}\n{answer:#}\n")?;
        if status != StatusCode::OK {
            return Err(format!("{name} was refused").into());
        }
        Ok(answer)
    }
}

fn pins(calls: &mut Calls<'_, impl Write>, keys: &Keys) -> Result<(), Failure> {
    let drawn = calls.call(
        "GeneratePinData",
        "a random PIN, which nobody sees: as a block under the terminal's key, with its PVV.",
        "/pindata/generate",
        &json!({
            "GenerationKeyIdentifier": keys.verification,
            "EncryptionKeyIdentifier": keys.terminal,
            "GenerationAttributes": { "VisaPin": { "PinVerificationKeyIndex": 1 } },
            "PinDataLength": 4,
            "PrimaryAccountNumber": PAN,
            "PinBlockFormat": "ISO_FORMAT_0",
        }),
    )?;
    let translated = calls.call(
        "TranslatePinData",
        "the same PIN from the terminal's key to the host's, from format 0 to format 4; the pair \
         was granted, and the PIN is nowhere in the clear.",
        "/pindata/translate",
        &json!({
            "EncryptedPinBlock": drawn["EncryptedPinBlock"],
            "IncomingKeyIdentifier": keys.terminal,
            "OutgoingKeyIdentifier": keys.host,
            "IncomingTranslationAttributes": { "IsoFormat0": { "PrimaryAccountNumber": PAN } },
            "OutgoingTranslationAttributes": { "IsoFormat4": { "PrimaryAccountNumber": PAN } },
        }),
    )?;
    verify(calls, keys, &translated["PinBlock"], &drawn["PinData"]["VerificationValue"])
}

fn verify(
    calls: &mut Calls<'_, impl Write>,
    keys: &Keys,
    block: &Value,
    value: &Value,
) -> Result<(), Failure> {
    calls.call(
        "VerifyPinData",
        "the translated block holds the PIN that the PVV is of; five wrong ones, and the card \
         waits.",
        "/pindata/verify",
        &json!({
            "EncryptedPinBlock": block,
            "EncryptionKeyIdentifier": keys.host,
            "VerificationKeyIdentifier": keys.verification,
            "VerificationAttributes": { "VisaPin": {
                "PinVerificationKeyIndex": 1,
                "VerificationValue": value,
            } },
            "PinDataLength": 4,
            "PrimaryAccountNumber": PAN,
            "PinBlockFormat": "ISO_FORMAT_4",
        }),
    )?;
    Ok(())
}

fn card(calls: &mut Calls<'_, impl Write>, keys: &Keys) -> Result<(), Failure> {
    let (old, new) = ("0011223344556677", "00112233445566778899AABBCCDDEEFF");
    let symmetric = |iv: &str| json!({ "Mode": "CBC", "InitializationVector": iv });
    let sealed = calls.call(
        "EncryptData",
        "a card number under the shop's triple DES key, as a shop would send it.",
        &format!("/keys/{}/encrypt", encoded(&keys.shop)),
        &json!({ "PlainText": CARD, "EncryptionAttributes": { "Symmetric": symmetric(old) } }),
    )?;
    calls.call(
        "ReEncryptData",
        "the card from the shop's key to the bank's AES key, in one step that shows it to nobody.",
        &format!("/keys/{}/reencrypt", encoded(&keys.shop)),
        &json!({
            "CipherText": sealed["CipherText"],
            "OutgoingKeyIdentifier": keys.bank,
            "IncomingEncryptionAttributes": { "Symmetric": symmetric(old) },
            "OutgoingEncryptionAttributes": { "Symmetric": symmetric(new) },
        }),
    )?;
    Ok(())
}

/// A name in a path.
fn encoded(name: &str) -> String {
    name.replace(':', "%3A").replace('/', "%2F")
}

fn make(
    out: &mut impl Write,
    client: &Client,
    name: &str,
    usage: &str,
    algorithm: &str,
) -> Result<String, Failure> {
    let modes = match usage.starts_with("TR31_V") {
        true => json!({ "Generate": true, "Verify": true }),
        false => json!({ "Encrypt": true, "Decrypt": true, "Wrap": true, "Unwrap": true }),
    };
    let body = json!({
        "KeyAttributes": {
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        },
        "Exportable": false,
    });
    let (status, answer) = client.send(Target::Control("CreateKey"), &body)?;
    let key = answer["Key"]["KeyArn"].as_str();
    let key = key.ok_or_else(|| format!("CreateKey was refused: {status} {answer}"))?;
    writeln!(out, "{name:<11} {key}  {usage} {algorithm}")?;
    Ok(key.to_owned())
}

/// An access key with its secret, and its partition.
fn access_key(
    gateway: &Gateway,
    config: &Config,
) -> Result<((String, AccessSecret), String), Failure> {
    let request = PaymentRequest::AddAccessKey {
        partition: None,
        name: "demo".to_owned(),
        operations: None,
        keys: None,
    };
    match operate(gateway, config, request)? {
        PaymentAnswer::AccessKeyAdded { access_key_id, secret_access_key, partition, .. } => {
            let secret = AccessSecret::parse(&secret_access_key).ok_or_else(unexpected)?;
            Ok(((access_key_id, secret), partition))
        }
        _ => Err(unexpected()),
    }
}

fn pair(
    gateway: &Gateway,
    config: &Config,
    partition: &str,
    (passage, from, to): (&str, &str, &str),
) -> Result<(), Failure> {
    let end = |name: &str| {
        let key = name.rsplit('/').next().unwrap_or_default().to_owned();
        EndWanted { key, is_wrapped: false }
    };
    let wanted = PairWanted {
        partition: Some(partition.to_owned()),
        passage: passage.to_owned(),
        incoming: end(from),
        outgoing: end(to),
        days: Some(1),
    };
    operate(gateway, config, PaymentRequest::GrantPair(wanted)).map(drop)
}

fn operate(
    gateway: &Gateway,
    config: &Config,
    request: PaymentRequest,
) -> Result<PaymentAnswer, Failure> {
    let revoked = || gateway.revocations.raise();
    let desk = Desk { revoked: &revoked, ..Desk::alone(&gateway.store, config.payments.rules()) };
    match admin::perform(&desk, Request::Payments(Box::new(request))) {
        Answer::Payments(answer) => Ok(*answer),
        Answer::Refused { reason } => Err(reason.into()),
        _ => Err(unexpected()),
    }
}
