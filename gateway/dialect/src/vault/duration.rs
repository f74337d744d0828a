//! Spans of time: seconds as a number or text, or numbers with units.
// spec: vault 4.3

/// Milliseconds of `15`, `90s`, `1h30m`, `365d`; `None` for what is none of them or has no end.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u64>().ok()?.checked_mul(1000);
    }
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits)?;
        let units = tail.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, next) = tail.split_at_checked(units)?;
        let span = number.parse::<u64>().ok()?.checked_mul(unit_ms(unit)?)?;
        total = total.checked_add(span)?;
        rest = next;
    }
    Some(total)
}

fn unit_ms(unit: &str) -> Option<u64> {
    const SECOND: u64 = 1000;
    Some(match unit {
        "ms" => 1,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => 24 * 3600 * SECOND,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn spans_are_seconds_or_have_units() {
        for (text, expected) in [
            ("0", Some(0)),
            ("15", Some(15_000)),
            ("90s", Some(90_000)),
            ("1h30m", Some(5_400_000)),
            ("365d", Some(31_536_000_000)),
            ("250ms", Some(250)),
            ("1h30", None),
            ("h", None),
            ("-1s", None),
            ("1.5h", None),
            ("1y", None),
            ("1 h", None),
            ("ä", None),
            ("18446744073709551615", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
