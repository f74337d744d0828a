//! What the dialect knows of the service, told as data.
// spec: aws-payment 8

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::shape::{Choices, Member, Shape};
use super::{control, data};

/// Service, operation, and of each the members of its request and answer with their places, the
/// errors it may answer, and why it is refused if it is. Words are told as `Member=WORD`,
/// extensions apart, and so is why known members and words are refused.
pub fn model() -> Value {
    let data = data::all().map(|function| &function.operation);
    let control = control::all().map(|function| &function.operation);
    json!({
        "payment-cryptography-data": operations(data),
        "payment-cryptography": operations(control),
    })
}

fn operations(all: impl Iterator<Item = &'static Operation>) -> Value {
    all.map(|operation| (operation.name.to_owned(), told(operation))).collect::<Map<_, _>>().into()
}

fn told(operation: &Operation) -> Value {
    let mut told = Told::default();
    told.members("", operation.input, false);
    let mut output = Told::default();
    output.members("", operation.output, false);
    json!({
        "input": told.known,
        "input_required": told.required,
        "input_words": told.words,
        "input_refused": told.refused,
        "input_ours": told.ours,
        "output": output.known,
        "output_ours": output.ours,
        "errors": operation.errors,
        "refused": operation.refused,
    })
}

/// Members, each with the names of what it is within; words with the member that they are of.
#[derive(Default)]
struct Told {
    known: Vec<String>,
    required: Vec<String>,
    words: Vec<String>,
    /// Those that nobody gets anything with, and why.
    refused: Map<String, Value>,
    ours: Vec<String>,
}

impl Told {
    fn members(&mut self, within: &str, members: &[Member], is_ours: bool) {
        for member in members {
            let path = format!("{within}{}", member.name);
            let is_ours = is_ours || member.is_ours;
            let names = if is_ours { &mut self.ours } else { &mut self.known };
            names.push(path.clone());
            if member.is_required && !is_ours {
                self.required.push(path.clone());
            }
            if let Some(reason) = member.refused {
                self.refused.insert(path.clone(), reason.into());
            }
            if let Shape::Choice(choices) = member.shape {
                self.choices(&path, choices, is_ours);
            }
            self.members(&format!("{path}."), member.shape.members(), is_ours);
        }
    }

    fn choices(&mut self, path: &str, choices: &Choices, is_ours: bool) {
        let named = |word: &&str| format!("{path}={word}");
        let names = if is_ours { &mut self.ours } else { &mut self.words };
        names.extend(choices.words.iter().map(named));
        for (word, reason) in choices.refused {
            self.words.push(named(word));
            self.refused.insert(named(word), (*reason).into());
        }
        self.ours.extend(choices.ours.iter().map(named));
    }
}
