//! The `result` member of the enrolment functions.
// spec: enigma-bridge 5

use serde::Serialize;
use typex_core::op::enrol::{FieldKind, KeyTemplate};
use typex_core::op::{ImportPublicKey, Output, RsaPublicKey};

use super::template::{FORMAT, POLICY_OFFSET, SCRIPT_OFFSET};
use super::{handle, tlv};

/// The JSON text of an output; `None` for one that no function of this API yields.
pub(super) fn json(output: &Output, api_key: &str) -> Option<Vec<u8>> {
    match output {
        Output::ImportKeys(keys) => {
            let keys: Option<Vec<_>> = keys.iter().map(import_key).collect();
            text(&keys?)
        }
        Output::Template { template, import_key } => text(&template_result(template, import_key)?),
        Output::KeyCreated { object, foreign_type, public } => {
            let publickey = match public {
                Some(key) => Some(const_hex::encode(public_key(key)?)),
                None => None,
            };
            let handle = handle::text(api_key, *object, *foreign_type);
            text(&KeyCreated { handle, publickey })
        }
        Output::Sealed(_)
        | Output::Registration(_)
        | Output::Instance(_)
        | Output::Payment(_)
        | Output::PaymentKeys(_)
        | Output::Token(_)
        | Output::TokenDomains(_)
        | Output::Transform(_) => None,
    }
}

/// A serialized RSA public key: exponent, then modulus.
// spec: enigma-bridge 5.1
fn public_key(key: &RsaPublicKey) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(6 + key.exponent.len() + key.modulus.len());
    tlv::put(0x81, &key.exponent, &mut out)?;
    tlv::put(0x82, &key.modulus, &mut out)?;
    Some(out)
}

#[derive(Serialize)]
struct ListedKey {
    certificate: Option<&'static str>,
    /// A number here and a text in a template.
    id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    key: String,
}

#[derive(Serialize)]
struct TemplateResult {
    objectid: String,
    version: u8,
    protocol: u8,
    encryptionoffset: usize,
    flagoffset: usize,
    policyoffset: usize,
    scriptoffset: usize,
    template: String,
    templatehs: String,
    keyoffsets: Vec<KeyOffset>,
    importkeys: [TemplateKey; 1],
    authorization: &'static str,
}

/// All in bits.
#[derive(Serialize)]
struct KeyOffset {
    #[serde(rename = "type")]
    kind: &'static str,
    offset: usize,
    length: usize,
}

#[derive(Serialize)]
struct TemplateKey {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
}

#[derive(Serialize)]
struct KeyCreated {
    handle: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    publickey: Option<String>,
}

fn import_key(key: &ImportPublicKey) -> Option<ListedKey> {
    let text = const_hex::encode(public_key(&key.key)?);
    Some(ListedKey { certificate: None, id: key.id, kind: "rsa", key: text })
}

// spec: enigma-bridge 5.2
fn template_result(template: &KeyTemplate, key: &ImportPublicKey) -> Option<TemplateResult> {
    let fields = template.fields.iter().map(|field| KeyOffset {
        kind: field_name(field.kind),
        offset: field.offset * 8,
        length: field.len * 8,
    });
    let import_key = TemplateKey {
        id: key.id.to_string(),
        kind: format!("rsa{}", key.key.modulus.len() * 8),
        key: const_hex::encode(public_key(&key.key)?),
    };
    Some(TemplateResult {
        objectid: format!("{:08x}", template.object),
        version: FORMAT,
        protocol: FORMAT,
        encryptionoffset: template.head_bytes * 8,
        flagoffset: template.flags_offset * 8,
        policyoffset: usize::from(POLICY_OFFSET) * 8,
        scriptoffset: usize::from(SCRIPT_OFFSET) * 8,
        template: const_hex::encode(&template.bytes),
        templatehs: const_hex::encode(framed(&template.bytes)?),
        keyoffsets: fields.collect(),
        importkeys: [import_key],
        authorization: "",
    })
}

/// The form for the security module, which clients ignore: the template and, in the original, 45
/// bytes that nobody outside it can make; here none.
fn framed(template: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(template.len() + 6);
    tlv::put(0xd2, template, &mut out)?;
    tlv::put(0xd1, &[], &mut out)?;
    Some(out)
}

fn field_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::ChannelKey => "commk",
        FieldKind::ChannelEnc => "comenc",
        FieldKind::ChannelMac => "commac",
        FieldKind::NextChannelEnc => "comnextenc",
        FieldKind::NextChannelMac => "comnextmac",
        FieldKind::Billing => "billing",
        FieldKind::App => "app",
    }
}

fn text(value: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(value).ok()
}
