//! What members look like, as data: requests are checked against it, and the model that the
//! gateway tells is made from it.
// spec: aws-payment 3.1

/// A member of a structure or union.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: &'static Shape,
    /// Whether it must be there; of no meaning in a union.
    pub(super) is_required: bool,
    /// Why nobody gets anything with it, if so.
    pub(super) refused: Option<&'static str>,
    /// Whether it is an extension, served under its own paths only.
    pub(super) is_ours: bool,
}

impl Member {
    /// One that must be there.
    pub(super) const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, is_required: true, refused: None, is_ours: false }
    }

    /// One that may be there.
    pub(super) const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self { is_required: false, ..Self::new(name, shape) }
    }

    /// One that is known, and never served.
    pub(super) const fn refused(
        name: &'static str,
        shape: &'static Shape,
        reason: &'static str,
    ) -> Self {
        Self { refused: Some(reason), ..Self::optional(name, shape) }
    }

    /// One that the original does not have.
    pub(super) const fn ours(name: &'static str, shape: &'static Shape) -> Self {
        Self { is_ours: true, ..Self::optional(name, shape) }
    }
}

/// What a value looks like.
pub(super) enum Shape {
    /// An object.
    Structure(&'static [Member]),
    /// An object with one of these members.
    Union(&'static [Member]),
    /// So many at most.
    List(&'static Self, usize),
    /// Texts by their names, of these two shapes.
    Map(&'static Text, &'static Text),
    /// A text.
    Text(Text),
    /// One of some words.
    Choice(Choices),
    /// A whole number within bounds.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
    /// A key's name; see [`name`](super::name).
    Key,
    /// What only answers hold.
    Answer,
}

/// A text: how long, and of which characters.
#[derive(Clone, Copy)]
pub(super) struct Text {
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) alphabet: Alphabet,
    /// The only lengths between the bounds; empty if all are.
    pub(super) lengths: &'static [usize],
}

/// Of which characters a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// 0 to 9.
    Digits,
    /// Hexadecimal digits.
    Hex,
    /// The same, two to a byte.
    Bytes,
    /// The same, in upper case.
    UpperHex,
    /// Letters and digits.
    Alphanumeric,
    /// The same, letters in upper case.
    UpperAlphanumeric,
    /// Any.
    Any,
}

/// Words of which one is chosen.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    pub(super) words: &'static [&'static str],
    /// Known, and never served, with the reason.
    pub(super) refused: &'static [(&'static str, &'static str)],
    /// Extensions, served under their own paths only.
    pub(super) ours: &'static [&'static str],
}

impl Shape {
    /// Decimal digits, so many.
    pub(super) const fn digits(min: usize, max: usize) -> Self {
        Self::text(min, max, Alphabet::Digits)
    }

    /// Hexadecimal digits, so many.
    pub(super) const fn hex(min: usize, max: usize) -> Self {
        Self::text(min, max, Alphabet::Hex)
    }

    /// Bytes in hexadecimal, so many digits.
    pub(super) const fn bytes(min: usize, max: usize) -> Self {
        Self::text(min, max, Alphabet::Bytes)
    }

    /// Hexadecimal digits, as many as one of these ascending numbers.
    pub(super) const fn hex_of(lengths: &'static [usize]) -> Self {
        let (min, max) = (lengths[0], lengths[lengths.len() - 1]);
        Self::Text(Text { min, max, alphabet: Alphabet::Bytes, lengths })
    }

    /// Characters, so many.
    pub(super) const fn text(min: usize, max: usize, alphabet: Alphabet) -> Self {
        Self::Text(Text { min, max, alphabet, lengths: &[] })
    }

    /// One of these.
    pub(super) const fn choice(words: &'static [&'static str]) -> Self {
        Self::Choice(Choices { words, refused: &[], ours: &[] })
    }

    /// The members of an object.
    pub(super) fn members(&self) -> &'static [Member] {
        match self {
            Self::Structure(members) | Self::Union(members) => members,
            Self::List(items, _) => items.members(),
            _ => &[],
        }
    }
}

impl Text {
    /// Whether a text is one.
    pub(super) fn fits(&self, text: &str) -> bool {
        let has_length = if self.alphabet == Alphabet::Any {
            (self.min..=self.max).contains(&text.chars().count())
        } else {
            (self.min..=self.max).contains(&text.len())
                && (self.lengths.is_empty() || self.lengths.contains(&text.len()))
        };
        has_length && self.alphabet.holds(text)
    }

    /// What it has to be, for a client.
    pub(super) fn wanted(&self) -> String {
        let length = match self.lengths {
            [] if self.min == self.max => self.min.to_string(),
            [] => format!("{} to {}", self.min, self.max),
            lengths => lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(" or "),
        };
        format!("must be {length} {}", self.alphabet.noun())
    }
}

/// Whether all bytes are such. Every one is looked at, so that a vector of them is at a time.
#[inline]
fn all(text: &str, is_one: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & is_one(byte))
}

impl Alphabet {
    fn holds(self, text: &str) -> bool {
        match self {
            Self::Digits => all(text, |byte| byte.is_ascii_digit()),
            Self::Hex => all(text, |byte| byte.is_ascii_hexdigit()),
            Self::Bytes => {
                text.len().is_multiple_of(2) && all(text, |byte| byte.is_ascii_hexdigit())
            }
            Self::UpperHex => all(text, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')),
            Self::Alphanumeric => all(text, |byte| byte.is_ascii_alphanumeric()),
            Self::UpperAlphanumeric => all(text, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z')),
            Self::Any => true,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Digits => "decimal digits",
            Self::Hex => "hexadecimal digits",
            Self::Bytes => "hexadecimal digits, an even number",
            Self::UpperHex => "hexadecimal digits in upper case",
            Self::Alphanumeric => "letters and digits",
            Self::UpperAlphanumeric => "letters in upper case and digits",
            Self::Any => "characters",
        }
    }
}
