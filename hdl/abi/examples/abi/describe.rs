//! Names and paragraphs, as the generated files need them.

/// `bad_opcode`, `usp-model` to `BadOpcode`, `UspModel`.
pub(crate) fn camel(name: &str) -> String {
    name.split(['_', '-']).map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

/// `usp-model` to `USP_MODEL`.
pub(crate) fn upper(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// Lines of at most 100 columns, each behind `prefix`.
pub(crate) fn paragraph(prefix: &str, text: &str) -> String {
    let mut out = String::new();
    let mut line = prefix.to_owned();
    for word in text.split_whitespace() {
        if line.len() + word.len() + 1 > 100 {
            out.push_str(&line);
            out.push('\n');
            line = prefix.to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    out + &line + "\n"
}
