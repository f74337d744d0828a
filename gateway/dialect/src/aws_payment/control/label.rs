//! Aliases and tags.
// spec: aws-payment 7.4

use typex_core::op::Output;
use typex_core::op::payment::KeyRef;
use typex_core::op::payment::keys::{AliasName, AliasView, Answer, Request, Tag, Tags};

use super::shapes::{
    ALIAS, COUNT, ERRORS, ERRORS_OF_ADDING, ERRORS_OF_LOOKING, KEY, NEXT, TAG_NAMES, TAGS, TEXT,
};
use super::{Function, asked, done, nothing, page};
use crate::aws_payment::input::Input;
use crate::aws_payment::name::{self, WANTED_ALIAS};
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::aws_payment::shape::{Member, Shape};
use crate::json::{Object, Value};

const SHOWN: Shape =
    Shape::Structure(&[Member::new("AliasName", &TEXT), Member::optional("KeyArn", &TEXT)]);
const NAME: Member = Member::new("AliasName", &ALIAS);
const OF_KEY: Member = Member::optional("KeyArn", &KEY);
const ONE: &[Member] = &[Member::new("Alias", &SHOWN)];
const RESOURCE: Member = Member::new("ResourceArn", &KEY);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        operation: Operation::new("CreateAlias", &[NAME, OF_KEY], ONE, ERRORS_OF_ADDING),
        read: |input| Ok(asked(Request::CreateAlias(alias(input)?, key(input)?))),
        write: shown,
    },
    Function {
        operation: Operation::new("GetAlias", &[NAME], ONE, ERRORS_OF_LOOKING),
        read: |input| Ok(asked(Request::GetAlias(alias(input)?))),
        write: shown,
    },
    Function {
        operation: Operation::new("UpdateAlias", &[NAME, OF_KEY], ONE, ERRORS),
        read: |input| Ok(asked(Request::UpdateAlias(alias(input)?, key(input)?))),
        write: shown,
    },
    Function {
        operation: Operation::new("DeleteAlias", &[NAME], &[], ERRORS),
        read: |input| Ok(asked(Request::DeleteAlias(alias(input)?))),
        write: nothing,
    },
    Function {
        operation: Operation::new(
            "ListAliases",
            &[OF_KEY, Member::optional("NextToken", &NEXT), Member::optional("MaxResults", &COUNT)],
            &[
                Member::new("Aliases", &Shape::List(&SHOWN, 100)),
                Member::optional("NextToken", &NEXT),
            ],
            ERRORS_OF_LOOKING,
        ),
        read: |input| {
            Ok(asked(Request::ListAliases { key: key(input)?, page: page::read(input)? }))
        },
        write: listed,
    },
    Function {
        operation: Operation::new(
            "TagResource",
            &[RESOURCE, Member::new("Tags", &TAGS)],
            &[],
            ERRORS_OF_ADDING,
        ),
        read: |input| Ok(asked(Request::Tag(input.key("ResourceArn")?, tags(input)?))),
        write: nothing,
    },
    Function {
        operation: Operation::new(
            "UntagResource",
            &[RESOURCE, Member::new("TagKeys", &TAG_NAMES)],
            &[],
            ERRORS,
        ),
        read: |input| {
            let names = input.texts("TagKeys").into_iter().map(str::to_owned).collect();
            Ok(asked(Request::Untag(input.key("ResourceArn")?, names)))
        },
        write: nothing,
    },
    Function {
        operation: Operation::new(
            "ListTagsForResource",
            &[
                RESOURCE,
                Member::optional("NextToken", &NEXT),
                Member::optional("MaxResults", &COUNT),
            ],
            &[Member::new("Tags", &TAGS), Member::optional("NextToken", &NEXT)],
            ERRORS_OF_LOOKING,
        ),
        read: |input| {
            let key = input.key("ResourceArn")?;
            Ok(asked(Request::ListTags { key, page: page::read(input)? }))
        },
        write: tagged,
    },
];

/// The tags of a request.
pub(super) fn tags(input: &Input<'_>) -> Parsed<Tags> {
    let tag = |tag: Input<'_>| {
        let (name, value) = (tag.required_text("Key")?, tag.required_text("Value")?);
        Ok(Tag { name: name.to_owned(), value: value.to_owned() })
    };
    let tags = input.objects("Tags").into_iter().map(tag).collect::<Parsed<Vec<_>>>()?;
    let refused = |_| input.fault("Tags", "must name each tag once, with 48 KiB at most");
    Tags::new(tags).map_err(refused)
}

fn alias(input: &Input<'_>) -> Parsed<AliasName> {
    let text = input.required_text("AliasName")?;
    let found = text.strip_prefix("alias/").filter(|_| name::is_alias(text));
    let found = found.and_then(AliasName::new);
    found.ok_or_else(|| input.fault("AliasName", WANTED_ALIAS))
}

fn key(input: &Input<'_>) -> Parsed<Option<KeyRef>> {
    if input.has("KeyArn") { input.key("KeyArn").map(Some) } else { Ok(None) }
}

fn one<'a>(view: &View, alias: &AliasView) -> Object<'a> {
    let key = alias.key.map(|key| view.key(alias.account, key));
    Object::default()
        .with("AliasName", format!("alias/{}", alias.name.as_str()))
        .maybe("KeyArn", key)
}

fn shown<'a>(view: &View, output: &'a Output) -> Option<Object<'a>> {
    match done(output)? {
        Answer::Alias(alias) => {
            Some(Object::default().with("Alias", Value::Object(one(view, alias))))
        }
        _ => None,
    }
}

fn listed<'a>(view: &View, output: &'a Output) -> Option<Object<'a>> {
    match done(output)? {
        Answer::Aliases(next) => Some(page::write("Aliases", next, |alias| one(view, alias))),
        _ => None,
    }
}

fn tagged<'a>(_: &View, output: &'a Output) -> Option<Object<'a>> {
    let tag = |tag: &'a Tag| Object::default().with("Key", &tag.name).with("Value", &tag.value);
    match done(output)? {
        Answer::Tags(next) => Some(page::write("Tags", next, tag)),
        _ => None,
    }
}
