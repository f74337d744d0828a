//! Tells code from comments and literals, as far as counting lines and words needs.

/// The text with comments and literals blanked; every character stays in its line.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let (mut rest, mut in_word) = (text, false);
    while let Some(first) = rest.chars().next() {
        let length = opaque(rest, in_word).max(first.len_utf8());
        let (taken, after) = rest.split_at(length);
        if length == first.len_utf8() && first != '"' {
            code.push(first);
        } else {
            code.extend(taken.chars().map(|one| if one == '\n' { '\n' } else { ' ' }));
        }
        in_word = length == first.len_utf8() && is_word(first);
        rest = after;
    }
    code
}

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Length of the comment or literal that `text` begins with; 0 if it is code.
fn opaque(text: &str, in_word: bool) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    match text.as_bytes() {
        [b'"', ..] => string(text),
        [b'\'', ..] => character(text),
        [b'r' | b'b' | b'c', ..] if !in_word => raw_string(text),
        _ => 0,
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        match pair {
            b"/*" => depth += 1,
            b"*/" if depth == 1 => return at + 2,
            b"*/" => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A lifetime is code.
fn character(text: &str) -> usize {
    let mut inside = text.char_indices().skip(1);
    match (inside.next(), inside.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            text[from..].find('\'').map_or(0, |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

fn raw_string(text: &str) -> usize {
    let Some(marks) = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r') else {
        return 0;
    };
    let inside = marks.trim_start_matches('#');
    let count = marks.len() - inside.len();
    let Some(inside) = inside.strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(count));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    text.len() - inside.len() + length
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// Where `fn` is, from 1.
    pub(super) line: usize,
    /// From that line to the one with the closing brace.
    pub(super) lines: usize,
}

/// Every function in code that [`code`] made, macros and nested ones included.
pub(super) fn functions(code: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let after = &code[at + "fn ".len()..];
        let name: String = after.chars().take_while(|&c| is_word(c) || c == '$').collect();
        let Some(length) = body_end(after).filter(|_| !name.is_empty()) else { continue };
        let line = code[..at].matches('\n').count() + 1;
        let lines = after[..length].matches('\n').count() + 1;
        functions.push(Function { name, line, lines });
    }
    functions
}

/// Where the body ends; nothing for a declaration without one.
fn body_end(after: &str) -> Option<usize> {
    let (mut round, mut curly) = (0i32, 0i32);
    for (at, character) in after.char_indices() {
        match character {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly <= 0 {
                    return (curly == 0).then_some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn comments_and_literals_are_no_code() {
    for (text, expected) in [
        ("a // fn\nb", "a      \nb"),
        ("a /* /* x */ { */ b", "a                 b"),
        (r#"a("\"{", '{', '\'', b'}')"#, "a(     ,    ,     , b   )"),
        (r##"r#"{"# + br"\" + for"##, "       +       + for"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("'é' '\u{1f600}'", "       "),
        ("\"a\nb\" c", "  \n   c"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn functions_are_counted_from_name_to_brace() {
    let text = "trait T { fn a(x: [u8; 2]); fn b() {} }\n\
        fn c(f: fn (u8) -> u8,\n g: u8) -> [u8; 2] {\n if x { y } else { z }\n}\n\
        macro_rules! m { () => { fn $name() {\n fn inner() {\n}\n} } }\n";
    let found: Vec<_> = functions(&code(text))
        .into_iter()
        .map(|function| (function.name, function.line, function.lines))
        .collect();
    let expected = [("b", 1, 1), ("c", 2, 4), ("$name", 6, 4), ("inner", 7, 2)]
        .map(|(n, l, c)| (n.to_owned(), l, c));
    assert_eq!(found, expected);
}
