//! What the dialect knows of the service, told as data.
// spec: aws-payment 8

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::shape::{Member, Shape};
use super::{control, data};

/// Service, operation, and of each the members of its request and answer with their places, the
/// errors it may answer, and why it is refused if it is. Members that are refused or ours are
/// told apart.
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
    told.members("", operation.input);
    let mut output = Told::default();
    output.members("", operation.output);
    json!({
        "input": told.served,
        "input_refused": told.refused,
        "input_ours": told.ours,
        "output": output.served,
        "output_ours": output.ours,
        "errors": operation.errors,
        "refused": operation.refused,
    })
}

/// Members, each with the names of what it is within.
#[derive(Default)]
struct Told {
    served: Vec<String>,
    refused: Map<String, Value>,
    ours: Vec<String>,
}

impl Told {
    fn members(&mut self, within: &str, members: &[Member]) {
        for member in members {
            let path = format!("{within}{}", member.name);
            match member.refused {
                Some(reason) => {
                    self.refused.insert(path.clone(), reason.into());
                }
                None if member.is_ours => self.ours.push(path.clone()),
                None => self.served.push(path.clone()),
            }
            self.choices(&path, member.shape);
            self.members(&format!("{path}."), member.shape.members());
        }
    }

    fn choices(&mut self, path: &str, shape: &Shape) {
        let Shape::Choice(choices) = shape else { return };
        for (word, reason) in choices.refused {
            self.refused.insert(format!("{path}={word}"), (*reason).into());
        }
        self.ours.extend(choices.ours.iter().map(|word| format!("{path}={word}")));
    }
}
