//! Finds the end of a JSON object in bytes that come in pieces, looking at each byte once.

use std::ops::Range;

/// Where the reading of an object stands. Brackets are counted and strings skipped; whether it is
/// JSON beyond that is for the parser to say.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    place: Place,
    depth: usize,
    begin: usize,
    end: usize,
    scanned: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the object.
    #[default]
    Before,
    /// In the object, outside strings.
    Inside,
    /// In a string.
    Text,
    /// In a string, after a backslash.
    Escape,
    /// After the object, before the newline.
    After,
}

/// What is known so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// More bytes are needed.
    More,
    /// The object, followed by a newline, is at these places.
    Complete(Range<usize>),
    /// Something other than an object.
    Malformed,
}

impl Scanner {
    /// Looks at the bytes of `all` that were not there the last time.
    // spec: enigma-bridge 1.7
    pub(super) fn scan(&mut self, all: &[u8]) -> Scan {
        for &byte in all.get(self.scanned..).unwrap_or_default() {
            match self.step(byte) {
                Scan::More => self.scanned += 1,
                found => return found,
            }
        }
        Scan::More
    }

    /// The object, if it is complete, though no newline came after it.
    pub(super) fn finish(&self) -> Scan {
        match self.place {
            Place::After => Scan::Complete(self.begin..self.end),
            _ => Scan::Malformed,
        }
    }

    fn step(&mut self, byte: u8) -> Scan {
        self.place = match (self.place, byte) {
            (Place::Before, b' ' | b'\t' | b'\r' | b'\n') => Place::Before,
            (Place::Before, b'{') => {
                self.begin = self.scanned;
                self.open()
            }
            (Place::Inside, b'{' | b'[') => self.open(),
            (Place::Inside, b'}' | b']') => self.close(),
            (Place::Inside, b'"') | (Place::Escape, _) => Place::Text,
            (Place::Text, b'\\') => Place::Escape,
            (Place::Text, b'"') => Place::Inside,
            (Place::After, b'\n') => return Scan::Complete(self.begin..self.end),
            (Place::After, b' ' | b'\t' | b'\r') => Place::After,
            (Place::Before | Place::After, _) => return Scan::Malformed,
            (same @ (Place::Inside | Place::Text), _) => same,
        };
        Scan::More
    }

    fn open(&mut self) -> Place {
        self.depth += 1;
        Place::Inside
    }

    fn close(&mut self) -> Place {
        self.depth -= 1;
        if self.depth > 0 {
            return Place::Inside;
        }
        self.end = self.scanned + 1;
        Place::After
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(text: &str) -> Option<&str> {
        match Scanner::default().scan(text.as_bytes()) {
            Scan::Complete(range) => Some(&text[range]),
            Scan::More | Scan::Malformed => None,
        }
    }

    #[test]
    fn objects_end_where_they_balance() {
        let cases = [
            ("{}\n", "{}"),
            ("{\"a\":1}\n\n", "{\"a\":1}"),
            (" \r\n\n{\"a\":{\"b\":[1,{}]}} \t\r\nrest", "{\"a\":{\"b\":[1,{}]}}"),
            ("{\n \"a\": 1\n}\n", "{\n \"a\": 1\n}"),
            ("{\"a\":\"}\\\"}{[\"}\n", "{\"a\":\"}\\\"}{[\"}"),
            ("{\"a\":\"\\\\\"}\n", "{\"a\":\"\\\\\"}"),
            ("{\"ä\":\"€\"}\n", "{\"ä\":\"€\"}"),
        ];
        for (text, object) in cases {
            assert_eq!(scan(text), Some(object), "{text}");
        }
    }

    #[test]
    fn other_things_are_malformed_at_once() {
        for text in ["x", "[1]\n", "\"a\"", "{}x", "{}{}\n", "}", "\u{0}", "GET / HTTP/1.1"] {
            assert_eq!(Scanner::default().scan(text.as_bytes()), Scan::Malformed, "{text}");
        }
    }

    #[test]
    fn an_object_without_newline_is_complete_only_at_the_end() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"{\"a\":1}"), Scan::More);
        assert_eq!(scanner.finish(), Scan::Complete(0..7));
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"{\"a\":1"), Scan::More);
        assert_eq!(scanner.finish(), Scan::Malformed);
        assert_eq!(Scanner::default().finish(), Scan::Malformed);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn pieces_do_not_matter(
            text in "[ \\n]{0,2}\\{[a{}\\[\\]\"\\\\\\n ]{0,20}\\}[ \\n]{0,3}",
            cuts in prop::collection::vec(0usize..32, 0..6),
        ) {
            let whole = Scanner::default().scan(text.as_bytes());
            let mut ends: Vec<_> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
            ends.push(text.len());
            ends.sort_unstable();
            let mut scanner = Scanner::default();
            let mut pieces = Scan::More;
            for end in ends {
                if pieces == Scan::More {
                    pieces = scanner.scan(&text.as_bytes()[..end]);
                }
            }
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut scanner = Scanner::default();
            if let Scan::Complete(range) = scanner.scan(&bytes) {
                prop_assert_eq!(bytes[range.start], b'{');
                let last = bytes[range.end - 1];
                prop_assert!(b"}]".contains(&last), "{}", last);
            }
        }
    }
}
