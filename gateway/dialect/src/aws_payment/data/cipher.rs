//! EncryptData, DecryptData, ReEncryptData.
// spec: aws-payment 5.3

use typex_core::op::payment::{
    Answered, Call, ChipCard, Cipher, Done, Dukpt, Encrypted, Mode, Part, RsaPadding, Task,
    TrackForm,
};

use super::key::{of_transaction, wrapped};
use super::shapes::{
    ASYMMETRIC, CIPHER_TEXT, DUKPT, EMV, KEY, NOT_SERVED, PLAIN_TEXT, SYMMETRIC, TEXT, WRAPPED,
};
use super::{ERRORS, Function, chip, dukpt, shapes, with_key};
use crate::aws_payment::input::Input;
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::Object;

const ATTRIBUTES: Shape = Shape::Union(&[
    Member::optional("Symmetric", &SYMMETRIC),
    Member::optional("Asymmetric", &ASYMMETRIC),
    Member::optional("Dukpt", &DUKPT),
    Member::optional("Emv", &EMV),
]);
const ATTRIBUTES_OF_BOTH: Shape = Shape::Union(&[
    Member::optional("Symmetric", &SYMMETRIC),
    Member::optional("Asymmetric", &ASYMMETRIC),
    Member::optional("Dukpt", &DUKPT),
]);
const TRACK: Shape = Shape::choice(&["ASCII", "PACKED"]);

const TOLD_KEY: [Member; 2] =
    [shapes::TOLD_KEY[0], Member { is_required: false, ..shapes::TOLD_KEY[1] }];
const NONCE_AND_TAG: [Member; 2] = [Member::ours("Nonce", &TEXT), Member::ours("Tag", &TEXT)];
const CIPHER_TEXT_OUT: &[Member] = &[
    TOLD_KEY[0],
    TOLD_KEY[1],
    Member::new("CipherText", &TEXT),
    NONCE_AND_TAG[0],
    NONCE_AND_TAG[1],
];

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new(
            "EncryptData",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("PlainText", &PLAIN_TEXT),
                Member::new("EncryptionAttributes", &ATTRIBUTES),
                Member::optional("WrappedKey", &WRAPPED),
            ],
            CIPHER_TEXT_OUT,
            ERRORS,
        ),
        path: "/keys/{KeyIdentifier}/encrypt",
        read: encrypt,
        write: |view, answered| ciphertext(view, answered, Part::Data),
    },
    Function {
        operation: Operation::new(
            "DecryptData",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("CipherText", &CIPHER_TEXT),
                Member::new("DecryptionAttributes", &ATTRIBUTES),
                Member::optional("WrappedKey", &WRAPPED),
            ],
            &[TOLD_KEY[0], TOLD_KEY[1], Member::new("PlainText", &TEXT)],
            ERRORS,
        ),
        path: "/keys/{KeyIdentifier}/decrypt",
        read: decrypt,
        write: plaintext,
    },
    Function {
        operation: Operation::new(
            "ReEncryptData",
            &[
                Member::new("IncomingKeyIdentifier", &KEY),
                Member::new("OutgoingKeyIdentifier", &KEY),
                Member::new("CipherText", &CIPHER_TEXT),
                Member::new("IncomingEncryptionAttributes", &ATTRIBUTES_OF_BOTH),
                Member::new("OutgoingEncryptionAttributes", &ATTRIBUTES_OF_BOTH),
                Member::optional("IncomingWrappedKey", &WRAPPED),
                Member::optional("OutgoingWrappedKey", &WRAPPED),
                Member::ours("PanExtract", &TRACK),
            ],
            CIPHER_TEXT_OUT,
            ERRORS,
        ),
        path: "/keys/{IncomingKeyIdentifier}/reencrypt",
        read: reencrypt,
        write: |view, answered| ciphertext(view, answered, Part::Outgoing),
    },
];

const IV: &str = "InitializationVector";

/// A mode of the service, or ours that is more than one.
#[derive(Clone, Copy)]
enum DataMode {
    Block(Mode),
    Gcm,
}

const CBC: DataMode = DataMode::Block(Mode::Cbc);
const MODES: [(&str, DataMode); 10] = [
    ("ECB", DataMode::Block(Mode::Ecb)),
    ("CBC", CBC),
    ("CFB", DataMode::Block(Mode::Cfb)),
    ("CFB1", DataMode::Block(Mode::Cfb1)),
    ("CFB8", DataMode::Block(Mode::Cfb8)),
    ("CFB64", DataMode::Block(Mode::Cfb64)),
    ("CFB128", DataMode::Block(Mode::Cfb128)),
    ("OFB", DataMode::Block(Mode::Ofb)),
    ("CTR", DataMode::Block(Mode::Ctr)),
    ("GCM", DataMode::Gcm),
];
const CHIP_MODES: [(&str, Mode); 2] = [("ECB", Mode::Ecb), ("CBC", Mode::Cbc)];
const PADDINGS: [(&str, RsaPadding); 4] = [
    ("PKCS1", RsaPadding::Pkcs1),
    ("OAEP_SHA1", RsaPadding::OaepSha1),
    ("OAEP_SHA256", RsaPadding::OaepSha256),
    ("OAEP_SHA512", RsaPadding::OaepSha512),
];
const TRACKS: [(&str, TrackForm); 2] = [("ASCII", TrackForm::Ascii), ("PACKED", TrackForm::Packed)];

/// Whether data is enciphered or deciphered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

fn encrypt(input: &Input<'_>) -> Parsed<Call> {
    let (cipher, dukpt) = cipher(input, "EncryptionAttributes", Way::Out)?;
    let key = wrapped(input, "KeyIdentifier", "WrappedKey", Part::Data)?;
    let plaintext = input.secret_bytes("PlainText")?;
    let task = Task::Encrypt { cipher, plaintext };
    Ok(Call { keys: vec![of_transaction(key, dukpt)], task })
}

fn decrypt(input: &Input<'_>) -> Parsed<Call> {
    let (cipher, dukpt) = cipher(input, "DecryptionAttributes", Way::In)?;
    let key = wrapped(input, "KeyIdentifier", "WrappedKey", Part::Data)?;
    let ciphertext = input.required_bytes("CipherText")?;
    let task = Task::Decrypt { cipher, ciphertext };
    Ok(Call { keys: vec![of_transaction(key, dukpt)], task })
}

fn reencrypt(input: &Input<'_>) -> Parsed<Call> {
    let (incoming, from) = cipher(input, "IncomingEncryptionAttributes", Way::In)?;
    let (outgoing, to) = cipher(input, "OutgoingEncryptionAttributes", Way::Out)?;
    let key = wrapped(input, "IncomingKeyIdentifier", "IncomingWrappedKey", Part::Incoming)?;
    let other = wrapped(input, "OutgoingKeyIdentifier", "OutgoingWrappedKey", Part::Outgoing)?;
    let ciphertext = input.required_bytes("CipherText")?;
    let track = input.word("PanExtract", &TRACKS)?;
    let task = Task::ReEncrypt { incoming, outgoing, ciphertext, track };
    Ok(Call { keys: vec![of_transaction(key, from), of_transaction(other, to)], task })
}

/// How data is enciphered, and in which transaction.
fn cipher(input: &Input<'_>, name: &'static str, way: Way) -> Parsed<(Cipher, Option<Dukpt>)> {
    let attributes = input.required(name)?;
    let form = attributes.chosen()?;
    let within = attributes.required(form)?;
    Ok(match form {
        "Symmetric" => (symmetric(&within, way)?, None),
        "Dukpt" => {
            let cipher = modal(&within, within.word("Mode", &MODES)?.unwrap_or(CBC), way)?;
            (cipher, Some(dukpt::read(&within, "DukptKeyDerivationType")?))
        }
        "Asymmetric" => {
            let padding = within.word("PaddingType", &PADDINGS)?;
            (Cipher::Rsa(padding.unwrap_or(RsaPadding::Pkcs1)), None)
        }
        "Emv" => (chip(&within)?, None),
        other => return Err(attributes.fault(other, NOT_SERVED)),
    })
}

fn symmetric(attributes: &Input<'_>, way: Way) -> Parsed<Cipher> {
    if attributes.has("PaddingType") {
        return Err(
            attributes.fault("PaddingType", "is for asymmetric keys: data is padded by the caller")
        );
    }
    modal(attributes, attributes.required_word("Mode", &MODES)?, way)
}

/// A mode with what it needs beside the key.
// spec: aws-payment 6.1
fn modal(attributes: &Input<'_>, mode: DataMode, way: Way) -> Parsed<Cipher> {
    if let DataMode::Block(mode) = mode {
        let has_gcm = |name: &&str| attributes.has(name);
        if let Some(name) = ["AdditionalData", "Nonce", "Tag"].into_iter().find(has_gcm) {
            return Err(attributes.fault(name, "is for the mode GCM"));
        }
        return Ok(Cipher::Block { mode, iv: iv(attributes, mode)? });
    }
    if attributes.has(IV) {
        return Err(attributes.fault(IV, "is not for the mode GCM"));
    }
    let aad = attributes.bytes("AdditionalData")?;
    let (nonce, tag) = match way {
        Way::In => (Some(attributes.array("Nonce")?), Some(attributes.array("Tag")?)),
        Way::Out if attributes.has("Nonce") || attributes.has("Tag") => {
            return Err(attributes.fault("Nonce", "and Tag are made by the gateway"));
        }
        Way::Out => (None, None),
    };
    Ok(Cipher::Gcm { aad, nonce, tag })
}

/// A mode that chains nothing takes no first block.
fn iv(attributes: &Input<'_>, mode: Mode) -> Parsed<Option<Vec<u8>>> {
    if mode == Mode::Ecb && attributes.has(IV) {
        return Err(attributes.fault(IV, "is not for the mode ECB"));
    }
    attributes.bytes(IV)
}

fn chip(attributes: &Input<'_>) -> Parsed<Cipher> {
    let card: ChipCard = chip::card(attributes)?;
    let derivation = attributes.array("SessionDerivationData")?;
    let mode = attributes.word("Mode", &CHIP_MODES)?.unwrap_or(Mode::Cbc);
    let iv = iv(attributes, mode)?;
    Ok(Cipher::Chip { card, derivation, mode, iv })
}

fn ciphertext<'a>(view: &View, answered: &'a Answered, part: Part) -> Option<Object<'a>> {
    let Done::Encrypted(Encrypted { ciphertext, nonce, tag }) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, part);
    let object = object.hex("CipherText", ciphertext);
    let object = object.maybe("Nonce", nonce.as_ref().map(|nonce| crate::json::Value::Hex(nonce)));
    Some(object.maybe("Tag", tag.as_ref().map(|tag| crate::json::Value::Hex(tag))))
}

fn plaintext<'a>(view: &View, answered: &'a Answered) -> Option<Object<'a>> {
    let Done::Decrypted(plaintext) = &answered.done else { return None };
    let object = with_key(Object::default(), super::KEY, view, answered, Part::Data);
    Some(object.hex("PlainText", plaintext.expose()))
}
