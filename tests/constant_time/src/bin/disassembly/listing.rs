//! What `objdump` prints, function by function.

use std::io;
use std::path::Path;
use std::process::Command;

/// A function as the compiler left it.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) instructions: Vec<Instruction>,
}

/// One instruction: `jne 1f0`, `mov rax,QWORD PTR [rsp+0x8]`.
pub(crate) struct Instruction {
    pub(crate) address: u64,
    pub(crate) mnemonic: String,
    pub(crate) operands: Vec<String>,
}

/// All functions of a program.
pub(crate) fn of_program(path: &Path) -> io::Result<Vec<Function>> {
    let output = Command::new("objdump")
        .args(["-d", "--no-show-raw-insn", "-C", "-M", "intel"])
        .arg(path)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// All functions of a listing.
pub(crate) fn parse(text: &str) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")) {
            functions.push(Function { name: name.1.to_owned(), instructions: Vec::new() });
        } else if let (Some(function), Some(one)) = (functions.last_mut(), instruction(line)) {
            function.instructions.push(one);
        }
    }
    functions
}

fn instruction(line: &str) -> Option<Instruction> {
    let (address, text) = line.trim_start().split_once(":\t")?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let text = text.split(['#', '<']).next().unwrap_or_default().trim();
    let (mnemonic, rest) = text.split_once(' ').unwrap_or((text, ""));
    let operands = split(rest.trim());
    Some(Instruction { address, mnemonic: mnemonic.to_owned(), operands })
}

/// Operands at commas outside of brackets and braces.
fn split(text: &str) -> Vec<String> {
    let mut operands = vec![String::new()];
    let mut depth = 0;
    for character in text.chars() {
        depth += i32::from("[{".contains(character)) - i32::from("]}".contains(character));
        match operands.last_mut() {
            Some(last) if character != ',' || depth > 0 => last.push(character),
            _ => operands.push(String::new()),
        }
    }
    operands.retain(|operand| !operand.is_empty());
    operands
}
