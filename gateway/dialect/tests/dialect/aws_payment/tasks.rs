//! Tasks as text.

use typex_core::op::payment::{
    Bytes, Card, ChipCard, ChipSession, Cipher, ClaimedRule, Cryptogram, DynamicCard, Mac, Pin3624,
    PinBlock, PinForm, Response, Task,
};

/// What is to be done.
pub(super) fn describe(task: &Task) -> String {
    match task {
        Task::Encrypt { cipher: how, plaintext } => format!("{} {}", cipher(how), hex(plaintext)),
        Task::Decrypt { cipher: how, ciphertext } => format!("{} {}", cipher(how), raw(ciphertext)),
        Task::ReEncrypt { incoming, outgoing, ciphertext, track } => format!(
            "{} to {} {} track {track:?}",
            cipher(incoming),
            cipher(outgoing),
            raw(ciphertext)
        ),
        task => of_macs(task),
    }
}

fn of_macs(task: &Task) -> String {
    match task {
        Task::GenerateMac { mac: how, length } => format!("{} length {length:?}", mac(how)),
        Task::VerifyMac { mac: how, claimed } => format!("{} is {}", mac(how), raw(claimed)),
        Task::GenerateCardValue { card: of, length } => format!("{} length {length}", card(of)),
        Task::VerifyCardValue { card: of, claimed } => {
            format!("{} is {}", card(of), chars(claimed))
        }
        Task::GenerateDynamicValue { card, length } => {
            format!("{} length {length}", dynamic(card))
        }
        Task::VerifyDynamicValue { card, claimed } => {
            format!("{} is {}", dynamic(card), chars(claimed))
        }
        Task::GenerateCryptogram(of) => cryptogram(of),
        Task::VerifyCryptogram { cryptogram: of, claimed, response } => {
            let response = response.as_ref().map(answer).unwrap_or_default();
            format!("{} is {}{response}", cryptogram(of), raw(claimed))
        }
        Task::ChangeChipPin { pin, message, scheme } => format!(
            "{} message {} {} {:?} {:?} current {:?} visa {}",
            block(pin),
            hex(message),
            chip(&scheme.card),
            scheme.key,
            scheme.style,
            scheme.current.as_ref().map(block),
            scheme.is_visa
        ),
        task => of_pins(task),
    }
}

fn of_pins(task: &Task) -> String {
    match task {
        Task::TranslatePin { incoming, outgoing } => {
            format!("{} to {}", block(incoming), form(outgoing))
        }
        Task::VerifyPin3624 { pin, rule: of, offset, length } => {
            format!("{} {} offset {} length {length:?}", block(pin), rule(of), chars(offset))
        }
        Task::VerifyPinVisa { pin, pan, index, value, length } => format!(
            "{} pan {} index {index} value {} length {length:?}",
            block(pin),
            chars(pan),
            chars(value)
        ),
        Task::GeneratePin3624 { which, rule: of, form: to, length } => {
            let which = match which {
                Pin3624::Natural => "natural".to_owned(),
                Pin3624::Random => "random".to_owned(),
                Pin3624::OfOffset(offset) => format!("of offset {}", chars(offset)),
            };
            format!("{which} {} {} length {length}", rule(of), form(to))
        }
        Task::GeneratePinVisa { pan, index, form: to, length } => {
            format!("pan {} index {index} {} length {length}", chars(pan), form(to))
        }
        Task::GenerateOffset3624 { pin, rule: of } => format!("{} {}", block(pin), rule(of)),
        Task::GenerateValueVisa { pin, pan, index } => {
            format!("{} pan {} index {index}", block(pin), chars(pan))
        }
        _ => panic!("a task without a text"),
    }
}

fn cipher(cipher: &Cipher) -> String {
    match cipher {
        Cipher::Block { mode, iv } => format!("{mode:?} iv {}", maybe(iv.as_deref())),
        Cipher::Gcm { aad, nonce, tag } => format!(
            "Gcm aad {} nonce {} tag {}",
            maybe(aad.as_deref()),
            maybe(nonce.as_ref().map(|nonce| &nonce[..])),
            maybe(tag.as_ref().map(|tag| &tag[..]))
        ),
        Cipher::Rsa(padding) => format!("Rsa {padding:?}"),
        Cipher::Chip { card, derivation, mode, iv } => {
            let iv = maybe(iv.as_deref());
            format!("{} of {} {mode:?} iv {iv}", chip(card), raw(derivation))
        }
    }
}

fn mac(mac: &Mac) -> String {
    let Mac { method, hash, padding, message, chip } = mac;
    let chip = chip.as_ref().map(session).unwrap_or_default();
    format!("{method:?} {hash:?} {padding:?} {}{chip}", hex(message))
}

fn session(session: &ChipSession) -> String {
    format!(" {} {:?}", chip(&session.card), session.key)
}

fn cryptogram(cryptogram: &Cryptogram) -> String {
    format!("{}{}", hex(&cryptogram.data), session(&cryptogram.session))
}

fn answer(response: &Response) -> String {
    match response {
        Response::Code(code) => format!(" code {}", raw(code)),
        Response::Status(status, data) => format!(" status {} {}", raw(status), raw(data)),
    }
}

fn chip(card: &ChipCard) -> String {
    format!("chip {:?} {} {}", card.option, chars(&card.pan), chars(&card.sequence))
}

fn card(card: &Card) -> String {
    let Card { pan, expiry, service_code } = card;
    format!("card {} {} {}", chars(pan), chars(expiry), chars(service_code))
}

fn dynamic(card: &DynamicCard) -> String {
    format!(
        "card {} {} track {} un {} atc {}",
        chars(&card.pan),
        chars(&card.sequence),
        hex(&card.track),
        raw(&card.unpredictable),
        raw(&card.atc)
    )
}

fn block(pin: &PinBlock) -> String {
    format!("{} {}", form(&pin.form), raw(&pin.block))
}

fn form(form: &PinForm) -> String {
    format!("format {} pan {}", form.format, form.pan.as_ref().map_or("none".into(), chars))
}

fn rule(rule: &ClaimedRule) -> String {
    format!("rule {} {} {:x}", chars(&rule.table), chars(&rule.validation), rule.pad)
}

fn maybe(bytes: Option<&[u8]>) -> String {
    bytes.map_or("none".to_owned(), raw)
}

fn raw(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

fn hex(bytes: &Bytes) -> String {
    raw(bytes.expose())
}

/// Characters.
pub(super) fn chars(bytes: &Bytes) -> String {
    str::from_utf8(bytes.expose()).expect("digits and letters").to_owned()
}
