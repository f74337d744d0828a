//! ImportKey, ExportKey, and what they need.
// spec: aws-payment 7.5, 7.6

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use typex_core::key::payment::{Algorithm, RsaBits};
use typex_core::op::payment::keys::{
    Answer, Cryptogram, Export, Import, ImportForm, OaepHash, Request, TokenId,
};
use typex_core::op::{Op, Output};

use super::exchange_shapes::{EXPORT, EXPORT_ATTRIBUTES, EXPORTED, IMPORT, MATERIAL, WRAPPING};
use super::key::{shown, with_exportability};
use super::shapes::{
    CERTIFICATE, CHECK, COMMENT, ERRORS, ERRORS_OF_ADDING, ERRORS_OF_LOOKING, FLAG, KEY, ONE_KEY,
    REGION_LIST, REGIONS, TAGS, TEAMS, TEXT,
};
use super::{Function, asked, done, label, word};
use crate::aws_payment::input::Input;
use crate::aws_payment::limits::OPTIONAL_CHARS_MAX;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::Member;
use crate::json::{Object, Value};

const TOKEN: &str = "import-token-";
const OAEP: [(&str, OaepHash); 2] =
    [("RSA_OAEP_SHA_256", OaepHash::Sha256), ("RSA_OAEP_SHA_512", OaepHash::Sha512)];
const RSA: [(&str, RsaBits); 3] = [
    ("RSA_2048", RsaBits::Rsa2048),
    ("RSA_3072", RsaBits::Rsa3072),
    ("RSA_4096", RsaBits::Rsa4096),
];
/// Optional blocks that the gateway writes where they belong.
const OURS: [&str; 2] = ["HM", "PB"];

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "ImportKey",
            &[
                Member::new("KeyMaterial", &IMPORT),
                Member::optional("KeyCheckValueAlgorithm", &CHECK),
                Member::optional("Enabled", &FLAG),
                Member::optional("Tags", &TAGS),
                Member::refused("ReplicationRegions", &REGION_LIST, REGIONS),
                Member::refused("RequesterComment", &COMMENT, TEAMS),
            ],
            ONE_KEY,
            ERRORS_OF_ADDING,
        ),
        read: import,
        write: shown,
    },
    Function {
        operation: Operation::new(
            "ExportKey",
            &[
                Member::new("KeyMaterial", &EXPORT),
                Member::new("ExportKeyIdentifier", &KEY),
                Member::optional("ExportAttributes", &EXPORT_ATTRIBUTES),
            ],
            &[Member::optional("WrappedKey", &EXPORTED)],
            ERRORS,
        ),
        read: export,
        write: exported,
    },
    Function {
        operation: Operation::new(
            "GetParametersForImport",
            &[
                Member::new("KeyMaterialType", &MATERIAL),
                Member::new("WrappingKeyAlgorithm", &WRAPPING),
                Member::optional("ReuseLastGeneratedToken", &FLAG),
            ],
            &[
                Member::new("WrappingKeyCertificate", &CERTIFICATE),
                Member::new("WrappingKeyCertificateChain", &CERTIFICATE),
                Member::new("WrappingKeyAlgorithm", &TEXT),
                Member::new("ImportToken", &TEXT),
                Member::new("ParametersValidUntilTimestamp", &TEXT),
            ],
            ERRORS_OF_ADDING,
        ),
        read: parameters,
        write: told_parameters,
    },
    Function {
        operation: Operation::new(
            "GetPublicKeyCertificate",
            &[Member::new("KeyIdentifier", &KEY)],
            &[
                Member::new("KeyCertificate", &CERTIFICATE),
                Member::new("KeyCertificateChain", &CERTIFICATE),
            ],
            ERRORS_OF_LOOKING,
        ),
        read: |input| Ok(asked(Request::PublicKeyCertificate(input.key("KeyIdentifier")?))),
        write: certificate,
    },
];

fn import(input: &Input<'_>) -> Parsed<Op> {
    let material = input.required("KeyMaterial")?;
    let form = match material.object("Tr31KeyBlock") {
        Some(block) => ImportForm::Block {
            text: block.required_chars("WrappedKeyBlock")?,
            under: block.key("WrappingKeyIdentifier")?,
        },
        None => ImportForm::Cryptogram(cryptogram(&material.required("KeyCryptogram")?)?),
    };
    Ok(asked(Request::Import(Box::new(Import {
        form,
        is_enabled: input.flag("Enabled").unwrap_or(true),
        check: word::check(input)?,
        tags: label::tags(input)?,
    }))))
}

fn cryptogram(input: &Input<'_>) -> Parsed<Cryptogram> {
    let token = input.required_text("ImportToken")?.strip_prefix(TOKEN);
    let token = token.filter(|digits| digits.len() == 32);
    let mut id = [0; 16];
    let known = token.is_some_and(|digits| const_hex::decode_to_slice(digits, &mut id).is_ok());
    if !known {
        return Err(input.fault("ImportToken", "must be one of GetParametersForImport"));
    }
    Ok(Cryptogram {
        attributes: with_exportability(input)?,
        token: TokenId(id),
        hash: input.word("WrappingSpec", &OAEP)?.unwrap_or(OaepHash::Sha256),
        bytes: input.required_bytes("WrappedKeyCryptogram")?,
    })
}

fn export(input: &Input<'_>) -> Parsed<Op> {
    let block = input.required("KeyMaterial")?.required("Tr31KeyBlock")?;
    let headers = block.object("KeyBlockHeaders");
    let headers = headers.as_ref();
    let mode = headers.and_then(|headers| headers.object("KeyModesOfUse"));
    let exportability =
        headers.map(|headers| headers.word("KeyExportability", &word::EXPORTABILITIES));
    let key_version = headers.and_then(|headers| headers.text("KeyVersion"));
    let attributes = input.object("ExportAttributes");
    Ok(asked(Request::Export(Box::new(Export {
        key: input.key("ExportKeyIdentifier")?,
        under: block.key("WrappingKeyIdentifier")?,
        mode: mode.as_ref().map(word::mode).transpose()?,
        exportability: exportability.transpose()?.flatten(),
        key_version: key_version.and_then(|version| version.as_bytes().try_into().ok()),
        blocks: headers.map(optional_blocks).transpose()?.unwrap_or_default(),
        check: attributes.as_ref().map(word::check).transpose()?.flatten(),
    }))))
}

/// What the block says of its key beside the header. Some the gateway says itself: the hash of an
/// HMAC key, and what fills up.
// spec: aws-payment 7.6
fn optional_blocks(headers: &Input<'_>) -> Parsed<Vec<([u8; 2], String)>> {
    let asked = headers.pairs("OptionalBlocks");
    if asked.iter().any(|(id, _)| OURS.contains(id)) {
        return Err(headers.fault("OptionalBlocks", "must not have HM or PB: the gateway has them"));
    }
    if asked.iter().map(|(id, text)| 2 + id.len() + text.len()).sum::<usize>() > OPTIONAL_CHARS_MAX
    {
        return Err(headers.fault("OptionalBlocks", "must take 112 characters at most"));
    }
    let block = |(id, text): (&str, &str)| Some((id.as_bytes().try_into().ok()?, text.to_owned()));
    Ok(asked.into_iter().filter_map(block).collect())
}

fn exported<'a>(view: &View, output: &'a Output) -> Option<Object<'a>> {
    let Answer::Exported(exported) = done(output)? else { return None };
    let key = Object::default()
        .with("WrappingKeyArn", view.key(exported.account, exported.under))
        .with("WrappedKeyMaterialFormat", "TR31_KEY_BLOCK")
        .with("KeyMaterial", &exported.block)
        .hex("KeyCheckValue", &exported.check_value)
        .with("KeyCheckValueAlgorithm", word::check_word(exported.check_kind));
    Some(Object::default().with("WrappedKey", Value::Object(key)))
}

fn parameters(input: &Input<'_>) -> Parsed<Op> {
    let bits = input.required_word("WrappingKeyAlgorithm", &RSA)?;
    let may_reuse = input.flag("ReuseLastGeneratedToken").unwrap_or(false);
    Ok(asked(Request::ImportParameters { bits, may_reuse }))
}

fn told_parameters<'a>(_: &View, output: &'a Output) -> Option<Object<'a>> {
    let Answer::ImportParameters(parameters) = done(output)? else { return None };
    let certificate = pem(&parameters.certificate);
    let algorithm = word::algorithm_word(Algorithm::Rsa(parameters.bits));
    let token = format!("{TOKEN}{}", const_hex::encode(parameters.token.0));
    Some(
        Object::default()
            .with("WrappingKeyCertificate", certificate.clone())
            .with("WrappingKeyCertificateChain", certificate)
            .with("WrappingKeyAlgorithm", algorithm)
            .with("ImportToken", token)
            .with("ParametersValidUntilTimestamp", word::seconds(parameters.until)),
    )
}

fn certificate<'a>(_: &View, output: &'a Output) -> Option<Object<'a>> {
    let Answer::Certificate(der) = done(output)? else { return None };
    let certificate = pem(der);
    Some(
        Object::default()
            .with("KeyCertificate", certificate.clone())
            .with("KeyCertificateChain", certificate),
    )
}

/// A certificate as the service tells it: PEM, once more in base64.
fn pem(der: &[u8]) -> String {
    const LINE: usize = 64;
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = behind;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    STANDARD.encode(pem)
}
