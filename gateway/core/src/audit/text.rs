//! Writing the log's text into a buffer that is used again and again: no allocation once it has
//! grown to its working size.

use crate::time::UnixMs;

/// 9999-12-31T23:59:59.999Z, the last time with a four-digit year.
pub(super) const TIME_MS_MAX: u64 = 253_402_300_799_999;
const DAY_MS: u64 = 86_400_000;

pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = digit(value % 10);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A name and a number behind it.
pub(super) fn number_member(out: &mut Vec<u8>, name: &str, value: u64) {
    member(out, name);
    number(out, value);
}

/// A name and a text behind it. The text needs no escapes: its type sees to that.
pub(super) fn text_member(out: &mut Vec<u8>, name: &str, value: &str) {
    member(out, name);
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
}

/// A name and bytes in hex behind it.
pub(super) fn hex_member<const N: usize>(out: &mut Vec<u8>, name: &str, value: &[u8; N]) {
    member(out, name);
    out.push(b'"');
    hex(out, value);
    out.push(b'"');
}

pub(super) fn hex<const N: usize>(out: &mut Vec<u8>, value: &[u8; N]) {
    let start = out.len();
    out.resize(start + 2 * N, 0);
    const_hex::encode_to_slice(value, &mut out[start..]).expect("the slice is twice as long");
}

/// `2026-11-22T01:26:12.123Z`; later than the year 9999 is written as its end.
pub(super) fn time(out: &mut Vec<u8>, time: UnixMs) {
    let ms = time.0.min(TIME_MS_MAX);
    let (year, month, day) = civil(ms / DAY_MS);
    let rest = ms % DAY_MS;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    put(&mut text[0..4], year);
    put(&mut text[5..7], month);
    put(&mut text[8..10], day);
    put(&mut text[11..13], rest / 3_600_000);
    put(&mut text[14..16], rest / 60_000 % 60);
    put(&mut text[17..19], rest / 1000 % 60);
    put(&mut text[20..23], rest % 1000);
    out.extend_from_slice(&text);
}

/// The inverse of [`time`]; `None` for a text it does not write.
pub(super) fn parse_time(text: &str) -> Option<UnixMs> {
    let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let (year, month, day) = (take(&bytes[0..4])?, take(&bytes[5..7])?, take(&bytes[8..10])?);
    let (hour, minute) = (take(&bytes[11..13])?, take(&bytes[14..16])?);
    let (second, ms) = (take(&bytes[17..19])?, take(&bytes[20..23])?);
    let days = days(year, month, day)?;
    let found = UnixMs(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms);
    let mut again = Vec::with_capacity(bytes.len());
    time(&mut again, found);
    (again == bytes).then_some(found)
}

fn member(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn digit(value: u64) -> u8 {
    b"0123456789"[(value % 10) as usize]
}

fn put(place: &mut [u8], mut value: u64) {
    for byte in place.iter_mut().rev() {
        *byte = digit(value);
        value /= 10;
    }
}

fn take(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

/// Year, month and day of a day since 1970-01-01. Years are counted from March, so that the day
/// added in a leap year comes last.
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The inverse of [`civil`], for years from 1970.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let shifted_year = year - u64::from(month <= 2);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(ms: u64) -> String {
        let mut out = Vec::new();
        time(&mut out, UnixMs(ms));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_times() {
        assert_eq!(written(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(written(951_827_696_789), "2000-02-29T12:34:56.789Z");
        assert_eq!(written(1_234_567_890_000), "2009-02-13T23:31:30.000Z");
        assert_eq!(written(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(written(u64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn times_that_are_not_written_are_refused() {
        for text in [
            "",
            "1970-01-01T00:00:00.000",
            "1969-12-31T23:59:59.999Z",
            "2001-02-29T00:00:00.000Z",
            "2001-01-01T24:00:00.000Z",
            "2001-01-01 00:00:00.000Z",
            "2001-13-01T00:00:00.000Z",
            "2001-01-00T00:00:00.000Z",
            "200é-01-01T00:00:00.00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_time_round_trips(ms in 0..=TIME_MS_MAX) {
            proptest::prop_assert_eq!(parse_time(&written(ms)), Some(UnixMs(ms)));
        }
    }
}
