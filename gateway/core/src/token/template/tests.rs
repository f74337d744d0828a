use proptest::prelude::*;

use super::*;

fn digits() -> Characters {
    Characters::parse("0123456789").unwrap()
}

fn template(pattern: &str) -> Template {
    Template::parse(pattern, &digits()).unwrap()
}

fn fault(pattern: &str) -> TemplateError {
    Template::parse(pattern, &digits()).unwrap_err()
}

fn matches(pattern: &str, value: &str) -> bool {
    template(pattern).bare(value.as_bytes()).is_some()
}

#[test]
fn patterns_say_what_is_kept_and_what_is_replaced() {
    let cards = template(r"(\d{4})[- ]?(\d{4})[- ]?(\d{4})[- ]?(\d{0,7})");
    let layout = cards.layout();
    assert_eq!((layout.front(), layout.end(), layout.alphabet()), (0, 0, &Alphabet::Digits));
    for value in ["4111111111111111", "4111-1111-1111-1111", "4111 11111111-1", "411111111111"] {
        assert!(cards.bare(value.as_bytes()).is_some(), "{value}");
    }
    for value in
        ["", "41111111111", "4111--11111111111", "4111111111111111-", "41111111111111111111"]
    {
        assert!(cards.bare(value.as_bytes()).is_none(), "{value}");
    }
    let layout = template(r"^(?:\d{6})(\d{5,9})\d{4}$");
    assert_eq!((layout.layout().front(), layout.layout().end()), (6, 4));
    assert_eq!(template(r"4[01](\d{7})").layout().front(), 2);
    assert!(matches(r"4[01](\d{7})", "411234567") && !matches(r"4[01](\d{7})", "421234567"));
    assert!(
        matches(r"(\d{3})\.(\d{6})", "123.456789") && !matches(r"(\d{3})\.(\d{6})", "123x456789")
    );
}

#[test]
fn other_alphabets_have_other_lengths() {
    let social = template(r"(\d{3})-(\d{2})-(\d{4})");
    assert_eq!(social.layout().alphabet(), &Alphabet::Characters(digits()));
    assert_eq!(social.check_encryption(), Ok(()));
    assert_eq!(template(r"(\d{5})").check_encryption(), Err(TokenError::DomainTooSmall));
    assert_eq!(template(r"(\d{0,12})").check_encryption(), Err(TokenError::DomainTooSmall));
    let letters = Characters::parse("abcdefghijklmnopqrstuvwxyz").unwrap();
    let names = Template::parse("([a-z]{5,40})@example\\.com", &letters);
    assert_eq!(names.unwrap_err(), TemplateError::Layout);
    let names = Template::parse("([a-z]{5,40})@[0-9]{1,3}", &letters).unwrap();
    assert_eq!(names.bare(b"alice@17").unwrap().expose(), b"alice");
    assert_eq!(names.dress(b"alice@17", b"qzwxe").unwrap().expose(), b"qzwxe@17");
    assert!(names.dress(b"alice@17", b"qzwx").is_none());
    assert!(names.dress(b"alice@17", b"qzwxee").is_none());
}

#[test]
fn what_does_not_map_is_told() {
    use TemplateError::{Capture, Kept, Layout, Length, Mixed, Nothing, Repetition, Syntax};
    for (pattern, expected) in [
        (r"\d{16}", Nothing),
        (r"(\d+)", Repetition),
        (r"(\d{4})*", Repetition),
        (r"(\d{6,})", Repetition),
        (r"\d{4,2}(\d{6})", Repetition),
        (r"(\d{9}?)", Repetition),
        (r"(\d|a)", Syntax),
        (r"(.{6})", Syntax),
        (r"([^a]{6})", Syntax),
        (r"(\d{6}", Syntax),
        (r"\d{6})", Syntax),
        (r"(?=\d)(\d{6})", Syntax),
        (r"(\d{6})\p", Syntax),
        (r"[9-0](\d{6})", Syntax),
        (r"(\d{6})ä", Syntax),
        (r"(\d{3}-\d{3})", Capture),
        (r"([1-9]\d{6})", Capture),
        (r"[\d-](\d{6})", Mixed),
        (r"\d?(\d{6})", Kept),
        (r"(\d{3})\d(\d{3})", Kept),
        (r"\d{9}(\d{6})", Layout),
        (r"(\d{6})\d{5}", Layout),
        (r"(\d{257})", Length),
        (r"(\d{99999})", Length),
    ] {
        assert_eq!(fault(pattern), expected, "{pattern}");
    }
    assert_eq!(fault(&"-".repeat(TEMPLATE_CHARS_MAX + 1)), Length);
}

#[test]
fn masks_keep_what_the_layout_keeps() {
    let cards = template(r"\d{4}-(\d{4})-(\d{4})-\d{4}");
    let masked = cards.mask(b"4111-2222-3333-4444", b'#').unwrap();
    assert_eq!(masked.expose(), b"4111-####-####-4444");
    assert!(cards.mask(b"4111222233334444", b'#').is_none());
}

proptest! {
    #[test]
    fn values_that_match_come_back(value in r"[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{0,7}") {
        let cards = template(r"(\d{4})[- ]?(\d{4})[- ]?(\d{4})[- ]?(\d{0,7})");
        let bare = cards.bare(value.as_bytes()).unwrap();
        prop_assert!(bare.expose().iter().all(u8::is_ascii_digit));
        let again = cards.dress(value.as_bytes(), bare.expose()).unwrap();
        prop_assert_eq!(again.expose().as_slice(), value.as_bytes());
    }

    #[test]
    fn any_text_is_a_pattern_or_is_refused(pattern: String, value: Vec<u8>) {
        if let Ok(template) = Template::parse(&pattern, &digits())
            && let Some(bare) = template.bare(&value)
        {
            prop_assert!(template.dress(&value, bare.expose()).is_some());
        }
    }

    /// The same answer as trying every length of every piece.
    #[test]
    fn matching_is_what_trying_all_finds(
        pieces in proptest::collection::vec((0..3_usize, 0..3_u16, 0..3_u16), 1..5),
        value in "[01-]{0,8}",
    ) {
        const CLASSES: [&str; 3] = [r"\d", "-", "[- ]"];
        let text: String = pieces.iter()
            .map(|(class, least, more)| format!("{}{{{least},{}}}", CLASSES[*class], least + more))
            .collect();
        let pieces = pattern::read(&text).unwrap();
        let mut reached = vec![false; value.len() + 1];
        reached[0] = true;
        for piece in &pieces {
            reached = piece.ends(value.as_bytes(), &reached);
        }
        prop_assert_eq!(reached[value.len()], tried(&pieces, value.as_bytes()));
    }
}

fn tried(pieces: &[Piece], value: &[u8]) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return value.is_empty() };
    (first.least..=first.most).map(usize::from).any(|count| {
        value.len() >= count
            && value[..count].iter().all(|byte| first.class.has(*byte))
            && tried(rest, &value[count..])
    })
}
