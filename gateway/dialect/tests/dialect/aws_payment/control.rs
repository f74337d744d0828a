//! Calls and results of the control plane.

use std::fmt::Write as _;

use serde_json::{Value, json};
use typex_core::UnixMs;
use typex_core::id::KeyId;
use typex_core::key::payment::{Algorithm, Attributes, Exportability, ModeOfUse, RsaBits, Usage};
use typex_core::key::{AesBits, Origin};
use typex_core::op::payment::Account;
use typex_core::op::payment::keys::{
    AliasName, AliasView, Answer, CheckKind, Exported, Import, ImportForm, ImportParameters,
    KeyView, Next, Request, Standing, Tag, Tags, TokenId,
};
use typex_core::op::{Op, Output};
use typex_dialect::Dialect;
use typex_dialect::aws_payment::AwsPayment;

use super::calls::name;
use super::parse;

const ACCOUNT: Account = Account(7_000_000_042);

/// What a request of the control plane means.
pub(super) fn describe(op: &Op) -> String {
    let Op::PaymentKeys(request) = op else { panic!("an operation of another plane") };
    let key = request.key().map(|key| format!("key {}\n", name(key))).unwrap_or_default();
    key + &what(request)
}

fn what(request: &Request) -> String {
    match request {
        Request::Create(new) => {
            let (enabled, check) = (new.is_enabled, new.check);
            format!("{} enabled {enabled} {check:?}{}", is(&new.attributes), tags(&new.tags))
        }
        Request::Import(import) => imported(import),
        Request::Export(export) => {
            let version = export.key_version.map(|version| version.escape_ascii().to_string());
            let (mode, exportability) = (export.mode, export.exportability);
            let says = format!("{mode:?} {exportability:?} {version:?} {:?}", export.check);
            let block = |(id, text): &([u8; 2], String)| format!(" {}={text}", id.escape_ascii());
            let blocks: String = export.blocks.iter().map(block).collect();
            format!("under {} {says}{blocks}", name(&export.under))
        }
        Request::List { state, page } => format!("{state:?} {page:?}"),
        Request::Delete { days, .. } => format!("{days} days"),
        Request::CreateAlias(alias, _)
        | Request::GetAlias(alias)
        | Request::UpdateAlias(alias, _)
        | Request::DeleteAlias(alias) => format!("alias {}", alias.as_str()),
        Request::ListAliases { page, .. } => format!("{page:?}"),
        Request::Tag(_, added) => tags(added),
        Request::Untag(_, names) => format!("{names:?}"),
        Request::ListTags { page, .. } => format!("{page:?}"),
        Request::ImportParameters { bits, may_reuse } => format!("{bits:?} reuse {may_reuse}"),
        Request::Get(_)
        | Request::Restore(_)
        | Request::Start(_)
        | Request::Stop(_)
        | Request::PublicKeyCertificate(_) => "show".into(),
    }
}

fn imported(import: &Import) -> String {
    let (enabled, check) = (import.is_enabled, import.check);
    let form = match &import.form {
        ImportForm::Block { text, .. } => {
            format!("block {}", String::from_utf8_lossy(text.expose()))
        }
        ImportForm::Cryptogram(one) => format!(
            "{} token {} {:?} {}",
            is(&one.attributes),
            const_hex::encode(one.token.0),
            one.hash,
            const_hex::encode(&one.bytes)
        ),
    };
    format!("{form} enabled {enabled} {check:?}{}", tags(&import.tags))
}

fn is(attributes: &Attributes) -> String {
    let Attributes { usage, algorithm, mode, exportability, .. } = attributes;
    format!("{usage:?} {algorithm:?} {mode:?} {exportability:?}")
}

fn tags(tags: &Tags) -> String {
    tags.iter().fold(String::new(), |mut text, tag| {
        let _ = write!(text, " {}={}", tag.name, tag.value);
        text
    })
}

/// The result of that name.
pub(super) fn result(name: &str) -> Output {
    let answer = match name {
        "key" => Answer::Key(Box::new(key())),
        "key-pending" => Answer::Key(Box::new(KeyView {
            standing: Standing::Pending(UnixMs(1_769_083_200_000)),
            stopped: Some(UnixMs(1_768_478_400_000)),
            ..key()
        })),
        "key-erased" => Answer::Key(Box::new(KeyView {
            standing: Standing::Erased,
            deleted: Some(UnixMs(1_769_083_200_999)),
            ..pair()
        })),
        "keys" => Answer::Keys(Next { items: vec![key(), pair()], after: Some(0x2a) }),
        "no-keys" => Answer::Keys(Next { items: vec![], after: None }),
        "alias" => Answer::Alias(alias("data", true)),
        "alias-free" => Answer::Alias(alias("data", false)),
        "aliases" => Answer::Aliases(Next {
            items: vec![alias("data", true), alias("pin/1", false)],
            after: Some("pin/1".into()),
        }),
        "tags" => Answer::Tags(Next {
            items: vec![Tag { name: "team".into(), value: "cards".into() }],
            after: None,
        }),
        "done" => Answer::Done,
        _ => exchanged(name),
    };
    Output::PaymentKeys(Box::new(answer))
}

fn exchanged(name: &str) -> Answer {
    match name {
        "exported" => Answer::Exported(Box::new(Exported {
            account: ACCOUNT,
            under: KeyId([0xb0; 16]),
            block: "D0112P0AE00E0000".into(),
            check_value: vec![0xa0, 0xbc, 0xde],
            check_kind: CheckKind::Cmac,
        })),
        "parameters" => Answer::ImportParameters(Box::new(ImportParameters {
            token: TokenId([0xc0; 16]),
            bits: RsaBits::Rsa3072,
            certificate: (0..100).collect(),
            until: UnixMs(1_769_083_200_000),
        })),
        "certificate" => Answer::Certificate(vec![0x30; 48]),
        _ => panic!("no sample {name}"),
    }
}

fn key() -> KeyView {
    let algorithm = Algorithm::Aes(AesBits::Aes128);
    let attributes = Attributes::new(Usage::PIN, algorithm, ModeOfUse::Both);
    KeyView {
        account: ACCOUNT,
        id: KeyId([0xa0; 16]),
        attributes: Attributes { exportability: Exportability::Trusted, ..attributes },
        check_value: vec![0xa0, 0xbc, 0xde],
        check_kind: CheckKind::Cmac,
        standing: Standing::Enabled,
        origin: Origin::Service,
        created: UnixMs(1_768_478_400_123),
        started: Some(UnixMs(1_768_478_400_123)),
        stopped: None,
        deleted: None,
    }
}

fn pair() -> KeyView {
    let algorithm = Algorithm::Rsa(RsaBits::Rsa4096);
    KeyView {
        id: KeyId([0xa1; 16]),
        attributes: Attributes::new(Usage::DATA_PAIR, algorithm, ModeOfUse::Decrypt),
        check_kind: CheckKind::Sha1,
        standing: Standing::Disabled,
        origin: Origin::Client,
        started: None,
        ..key()
    }
}

fn alias(name: &str, means: bool) -> AliasView {
    let name = AliasName::new(name).expect("a name");
    AliasView { account: ACCOUNT, name, key: means.then_some(KeyId([0xa0; 16])) }
}

/// A key that is brought in as it was asked for, as the answer shows it. Whether any operation
/// takes it is not judged here, as it is of keys that are made.
fn shown(attributes: &Value) -> Value {
    let cryptogram = json!({
        "KeyAttributes": attributes, "Exportable": false, "WrappedKeyCryptogram": "AB".repeat(256),
        "ImportToken": format!("import-token-{}", "0".repeat(32)),
    });
    let body = json!({ "KeyMaterial": { "KeyCryptogram": cryptogram } });
    let target = "x-amz-target: PaymentCryptographyControlPlane.ImportKey";
    let call = parse(&format!("POST / HTTP/1.1\n{target}\n\n{body}")).expect("a request");
    let Op::PaymentKeys(request) = &call.op else { panic!("an operation of another plane") };
    let Request::Import(import) = &**request else { panic!("another request") };
    let ImportForm::Cryptogram(one) = &import.form else { panic!("another form") };
    let made = KeyView { attributes: one.attributes, ..key() };
    let output = Output::PaymentKeys(Box::new(Answer::Key(Box::new(made))));
    let answer = AwsPayment.render(&call.reply, Ok(output));
    let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
    answer["Key"]["KeyAttributes"].clone()
}

fn attributes(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let is_pair = algorithm.starts_with("RSA") || algorithm.starts_with("ECC");
    let class = if is_pair { "ASYMMETRIC_KEY_PAIR" } else { "SYMMETRIC_KEY" };
    let names = [
        "Encrypt",
        "Decrypt",
        "Wrap",
        "Unwrap",
        "Generate",
        "Sign",
        "Verify",
        "DeriveKey",
        "NoRestrictions",
    ];
    let flags = names.map(|name| (name.to_owned(), Value::Bool(modes.contains(&name))));
    let flags = Value::Object(flags.into_iter().collect());
    json!({
        "KeyUsage": usage, "KeyClass": class, "KeyAlgorithm": algorithm, "KeyModesOfUse": flags,
    })
}

#[test]
fn every_word_for_what_a_key_is_comes_back() {
    let usages = [
        "TR31_B0_BASE_DERIVATION_KEY",
        "TR31_M6_ISO_9797_5_CMAC_KEY",
        "TR31_V2_VISA_PIN_VERIFICATION_KEY",
        "TR31_K2_TR34_ASYMMETRIC_KEY",
    ];
    let algorithms = [
        "TDES_2KEY",
        "TDES_3KEY",
        "AES_128",
        "AES_192",
        "AES_256",
        "HMAC_SHA224",
        "HMAC_SHA256",
        "HMAC_SHA384",
        "HMAC_SHA512",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
    ];
    for usage in usages {
        for algorithm in algorithms {
            let asked = attributes(usage, algorithm, &["Generate"]);
            assert_eq!(shown(&asked), asked);
        }
    }
}

fn ask(operation: &str, body: &Value) -> Result<typex_dialect::Call, Value> {
    let target = format!("x-amz-target: PaymentCryptographyControlPlane.{operation}");
    let asked = parse(&format!("POST / HTTP/1.1\n{target}\n\n{body}"));
    asked.map_err(|answer| serde_json::from_slice(answer.body()).expect("JSON"))
}

/// Wherever modes of use stand, a fault names the place.
// spec: aws-payment 3.1
#[test]
fn faults_have_their_places() {
    let wrong = attributes("TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", &["Encrypt", "DeriveKey"]);
    let flags = json!({ "Encrypt": true, "DeriveKey": true });
    let name = "alias/a";
    let cryptogram = json!({
        "KeyAttributes": wrong, "Exportable": true, "WrappedKeyCryptogram": "AB".repeat(256),
        "ImportToken": format!("import-token-{}", "0".repeat(32)),
    });
    let block = json!({
        "WrappingKeyIdentifier": name, "KeyBlockHeaders": { "KeyModesOfUse": flags },
    });
    let tags = json!([{ "Key": "a", "Value": "b" }, { "Value": "c" }]);
    for (operation, body, path) in [
        (
            "CreateKey",
            json!({ "KeyAttributes": wrong, "Exportable": true }),
            "KeyAttributes.KeyModesOfUse",
        ),
        (
            "ImportKey",
            json!({ "KeyMaterial": { "KeyCryptogram": cryptogram } }),
            "KeyMaterial.KeyCryptogram.KeyAttributes.KeyModesOfUse",
        ),
        (
            "ExportKey",
            json!({ "KeyMaterial": { "Tr31KeyBlock": block }, "ExportKeyIdentifier": name }),
            "KeyMaterial.Tr31KeyBlock.KeyBlockHeaders.KeyModesOfUse",
        ),
        ("TagResource", json!({ "ResourceArn": name, "Tags": tags }), "Tags[1].Key"),
    ] {
        let told = ask(operation, &body).err().expect(operation);
        assert_eq!(told["fieldList"][0]["path"], path, "{operation}: {told}");
    }
}

fn export(blocks: &Value) -> Result<Vec<String>, String> {
    let body = json!({
        "ExportKeyIdentifier": "alias/a",
        "KeyMaterial": { "Tr31KeyBlock": {
            "WrappingKeyIdentifier": "alias/b",
            "KeyBlockHeaders": { "KeyVersion": "1A", "OptionalBlocks": blocks },
        } },
    });
    let call = match ask("ExportKey", &body) {
        Ok(call) => call,
        Err(told) => return Err(told["Message"].as_str().expect("a text").to_owned()),
    };
    let Op::PaymentKeys(request) = &call.op else { panic!("an operation of another plane") };
    let Request::Export(export) = &**request else { panic!("another request") };
    let block = |(id, text): &([u8; 2], String)| format!("{}{text}", id.escape_ascii());
    Ok(export.blocks.iter().map(block).collect())
}

// spec: aws-payment 7.6
#[test]
fn optional_blocks_in_their_order() {
    let asked = json!({ "LB": "terminal7", "TS": "20260101000000Z", "10": "ofours" });
    let expected = ["10ofours", "LBterminal7", "TS20260101000000Z"];
    assert_eq!(export(&asked).expect("blocks"), expected);
    assert_eq!(export(&json!({})), Ok(vec![]));
    assert!(export(&json!({ "LB": "a".repeat(108) })).is_ok());
    for wrong in [
        json!({ "HM": "21" }),
        json!({ "PB": "AAAA" }),
        json!({ "lb": "a" }),
        json!({ "LBX": "a" }),
        json!({ "LB": "" }),
        json!({ "LB": "a-b" }),
        json!({ "LB": "a".repeat(109) }),
        json!({ "LB": "a".repeat(100), "TS": "a".repeat(5) }),
    ] {
        let told = export(&wrong).expect_err("it cannot be");
        let place = "'keyMaterial.tr31KeyBlock.keyBlockHeaders.optionalBlocks'";
        assert!(told.contains(place), "{wrong}: {told}");
    }
    for wrong in [json!({ "LB": 1 }), json!(["LB"])] {
        let told = export(&wrong).expect_err("it cannot be");
        assert!(told.contains("can not be converted"), "{wrong}: {told}");
    }
}

#[test]
fn modes_are_taken_without_wrapping_and_shown_with_it() {
    let shown = |modes: &[&str]| shown(&attributes("TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", modes));
    let all = |modes: &[&str]| attributes("TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", modes);
    let both = all(&["Encrypt", "Decrypt", "Wrap", "Unwrap"]);
    assert_eq!(shown(&["Encrypt", "Decrypt"]), both);
    assert_eq!(shown(&["Wrap", "Unwrap"]), both);
    assert_eq!(shown(&["Encrypt"]), all(&["Encrypt", "Wrap"]));
    assert_eq!(shown(&["Decrypt"]), all(&["Decrypt", "Unwrap"]));
    for same in [&["Generate", "Verify"][..], &["DeriveKey"], &["NoRestrictions"], &["Verify"]] {
        assert_eq!(shown(same), all(same));
    }
}
