//! Where in a request something is.
// spec: aws-payment 3.1

use std::fmt::Write as _;

use super::limits::DEPTH_MAX;

/// From an object or list to what is within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A member, by its name.
    Member(&'static str),
    /// An item, counted from 0.
    Item(usize),
}

/// Steps from the outermost object; those that are too many are not kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path([Option<Step>; DEPTH_MAX]);

impl Path {
    /// One step further.
    pub(super) fn then(mut self, step: Step) -> Self {
        if let Some(free) = self.0.iter_mut().find(|step| step.is_none()) {
            *free = Some(step);
        }
        self
    }

    /// The steps, from the outermost.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.0.iter().copied().flatten()
    }
}

/// Names with dots between, numbers in brackets: `Tags[0].Key`.
pub(super) fn told(steps: impl IntoIterator<Item = Step>) -> String {
    steps.into_iter().fold(String::new(), |mut text, step| {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => {
                text.push('.');
                text.push_str(name);
            }
            // A String takes any text.
            Step::Item(at) => _ = write!(text, "[{at}]"),
        }
        text
    })
}

/// The same as messages of the service have it: names begin in lower case.
pub(super) fn lowered(path: &str) -> String {
    let mut begins = true;
    path.chars()
        .map(|one| {
            let lowered = if begins { one.to_ascii_lowercase() } else { one };
            begins = one == '.';
            lowered
        })
        .collect()
}
