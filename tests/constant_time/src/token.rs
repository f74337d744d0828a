//! Tokens: the key of a domain is derived, a card number or a text is replaced or found again.

use std::sync::Arc;

use typex_core::token::{Alphabet, Characters, DomainName, Layout, LuhnMode, TokenVersion};
use typex_engine::payment::lanes::Lanes;
use typex_engine::payment::{Error, Key, Pan};
use typex_engine::token::{Domain, TextKey, Token, TokenKey, derive_key};

use crate::operation::Token::{self as What, Make, OfText, Resolve};
use crate::{Outcome, Secrets};

/// Hexadecimal digits, as card numbers have ten of them.
const CHARACTERS: &str = "0123456789abcdef";

/// What the version shifts the sum of card numbers by.
const VERSION: u8 = 3;

/// Makes the card number, token or text one that is taken or not; everything is secret.
pub(crate) fn prepare(secrets: &mut Secrets, what: What, outcome: Outcome) -> Vec<u8> {
    let wrong = u8::from(outcome == Outcome::WrongData);
    match what {
        // The check digit counts where there are versions.
        Make(LuhnMode::Versioned) => set_sum(&mut secrets.pan, wrong),
        Make(_) => set_sum(&mut secrets.pan, 0),
        Resolve(_) => set_sum(&mut secrets.pan, VERSION + wrong),
        OfText => {
            // Of another alphabet.
            if let (1, Some(character)) = (wrong, secrets.pan.last_mut()) {
                *character = b'x';
            }
        }
    }
    Vec::new()
}

/// Sets the last digit so that the Luhn sum is what it should be.
fn set_sum(digits: &mut [u8], sum: u8) {
    let values = digits.iter().rev().enumerate().skip(1).map(|(at, digit)| {
        let value = digit - b'0';
        if at % 2 == 1 { value * 2 / 10 + value * 2 % 10 } else { value }
    });
    let others = values.sum::<u8>() % 10;
    if let Some(last) = digits.last_mut() {
        *last = b'0' + (10 + sum - others) % 10;
    }
}

fn domain(secrets: &Secrets, mode: LuhnMode) -> Result<Domain, Error> {
    let layout = Layout::new(0, 4, mode, Alphabet::Digits)?;
    let version = TokenVersion::new(VERSION).filter(|_| layout.can_rotate());
    let name = DomainName::parse("cards")?;
    let key = derive_key(&Key::aes(&secrets.key)?, b"acme", &name)?;
    Domain::new(Arc::new(TokenKey::new(key.expose(), &layout, version)?), [])
}

pub(crate) async fn perform(lanes: &Lanes, secrets: &Secrets, what: What) -> Result<(), Error> {
    match what {
        Make(mode) => {
            let pan = Pan::parse(&secrets.pan)?;
            domain(secrets, mode)?.tokenize(lanes, &pan).await.map(drop)
        }
        Resolve(mode) => {
            let token = Token::parse(&secrets.pan)?;
            domain(secrets, mode)?.detokenize(lanes, &token).await.map(drop)
        }
        OfText => replace_text(secrets),
    }
}

/// There and back.
fn replace_text(secrets: &Secrets) -> Result<(), Error> {
    let characters = Alphabet::Characters(Characters::parse(CHARACTERS)?);
    let key = TextKey::new(&secrets.key, &Layout::new(2, 2, LuhnMode::Free, characters)?)?;
    let token = key.tokenize(&secrets.pan)?;
    key.detokenize(token.expose()).map(drop)
}
