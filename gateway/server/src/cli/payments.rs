//! `typex payments` and `typex key components`.

mod client;
mod demo;
mod waits;

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use typex_core::key::payment::{ModeOfUse, Usage};
use typex_core::op::Action;
use typex_core::op::payment::access::AccessRules;

use super::run::{Failure, ask};
use super::table::{lines, listed, unexpected};
use super::terminal::typed;
use crate::admin::payments::{
    AccessChange, AccessKey, Component, ComponentRequest, EndWanted, OwnWanted, PairShown,
    PairWanted, PaymentAnswer, PaymentKeyShown, PaymentRequest, Progress, component_algorithms,
    passage_names,
};
use crate::admin::{Answer, Request};
use crate::config::Config;

/// `typex payments`.
#[derive(Subcommand)]
pub enum PaymentsCommand {
    /// Access keys, which sign requests.
    #[command(subcommand)]
    AccessKey(AccessKeyCommand),
    /// Pairs of keys between which data, PINs and keys may pass unseen.
    #[command(subcommand)]
    Pair(PairCommand),
    /// What payment keys are and have of their own.
    #[command(subcommand)]
    Key(PaymentKeyCommand),
    /// Cards, access keys and keys that wait after failures.
    #[command(subcommand)]
    Waits(waits::WaitsCommand),
    /// Print what the dialect knows of the service, as JSON.
    Model,
    /// Translate a PIN and re-encrypt a card in a private gateway, and show each call.
    Demo,
}

/// `typex payments access-key`.
#[derive(Subcommand)]
pub enum AccessKeyCommand {
    /// Make an access key; prints its secret, once.
    Create {
        /// Whose keys it uses: a partition's id or account, or `new` for a fresh one.
        #[arg(long, value_name = "ID")]
        partition: String,
        /// A name for people.
        #[arg(long, default_value = "")]
        name: String,
        /// Operations that it may do, by name, joined by commas; --help lists them. Default: all.
        #[arg(long, value_name = "NAMES", value_delimiter = ',', long_help = operation_names(),
              value_parser = PossibleValuesParser::new(AccessRules::names()),
              hide_possible_values = true)]
        allow: Option<Vec<String>>,
        /// A key that it may use, by full name, id or alias; repeatable. Default: all of its
        /// partition.
        #[arg(long = "key", value_name = "KEY")]
        keys: Option<Vec<String>>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List access keys.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Stop an access key at once.
    Disable {
        /// As `access-key list` prints it.
        id: String,
    },
    /// Let a disabled access key work again.
    Enable {
        /// As `access-key list` prints it.
        id: String,
    },
    /// Delete an access key for ever.
    Delete {
        /// As `access-key list` prints it.
        id: String,
    },
}

/// `typex payments pair`.
#[derive(Subcommand)]
pub enum PairCommand {
    /// Grant a pair; where a key that reads what passes was brought in, two custodians approve it.
    Grant(PairArgs),
    /// Approve a pair in the name of a custodian; each counts once.
    Approve {
        /// As `pair list` prints it.
        id: String,
        /// Who approves.
        #[arg(long, value_name = "NAME")]
        custodian: String,
    },
    /// List granted pairs.
    List {
        /// Only this partition: its id or account.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take a grant back at once.
    Revoke {
        /// As `pair list` prints it.
        id: String,
    },
}

/// Options of `typex payments pair grant`.
#[derive(Args)]
pub struct PairArgs {
    /// Whose keys they are: id or account. Needed where the names of both keys leave it open.
    #[arg(long, value_name = "ID")]
    partition: Option<String>,
    /// Where it comes from: a key's full name, id or alias.
    #[arg(long, value_name = "KEY")]
    incoming: String,
    /// Any key that comes wrapped under the incoming one.
    #[arg(long)]
    incoming_wrapped: bool,
    /// Where it goes to: a key's full name, id or alias.
    #[arg(long, value_name = "KEY")]
    outgoing: String,
    /// Any key that comes wrapped under the outgoing one.
    #[arg(long)]
    outgoing_wrapped: bool,
    /// What passes.
    #[arg(long, value_parser = PossibleValuesParser::new(passage_names()))]
    passage: String,
    /// Ends after so many days; default: never.
    #[arg(long)]
    days: Option<u32>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// `typex payments key`.
#[derive(Subcommand)]
pub enum PaymentKeyCommand {
    /// List payment keys.
    List {
        /// Only this partition: its id or account.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Give a key what key blocks have no word for.
    Set {
        /// Whose key it is: id or account. Needed where the key's name leaves it open.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// The key, by full name, id or alias.
        #[arg(long, value_name = "KEY")]
        key: String,
        /// What.
        #[command(flatten)]
        own: OwnArgs,
    },
}

/// What a key has of its own.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct OwnArgs {
    /// Usages that it may bring in, joined by commas, for example D0,P0 (K0, K1, K4).
    #[arg(long, value_name = "USAGES", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(usages()), hide_possible_values = true)]
    brings: Option<Vec<String>>,
    /// Decimalisation table and validation data, for example 0123456789012345:3:12:F (V1, P1).
    #[arg(long, value_name = "TABLE:START:COUNT:PAD")]
    pin_rule: Option<String>,
    /// PIN blocks of format 1, which names no PAN, may come in (P0, B0).
    #[arg(long)]
    accept_format_1: bool,
    /// It serves GCM alone (D0 of AES): so also a key that may only encipher seals.
    #[arg(long)]
    gcm_only: bool,
    /// EncryptData takes it, and PIN changes no longer do (E1). For a new key: who enciphers data
    /// under a key that changed PINs learns them.
    #[arg(long)]
    client_data: bool,
    /// Nothing of its own.
    #[arg(long)]
    nothing: bool,
}

/// `typex key components`.
#[derive(Subcommand)]
pub enum ComponentsCommand {
    /// Begin: says how the key's custodians name it until it is complete.
    Begin {
        /// Whose key it will be: id or account.
        #[arg(long, value_name = "ID")]
        partition: String,
        /// Of the key.
        #[arg(long, value_parser = PossibleValuesParser::new(component_algorithms()))]
        algorithm: String,
        /// Usage in key blocks, for example K0.
        #[arg(long, value_parser = PossibleValuesParser::new(usages()),
              hide_possible_values = true)]
        usage: String,
        /// Mode of use in key blocks, for example B.
        #[arg(long, value_parser = PossibleValuesParser::new(modes()))]
        mode: String,
        /// How many components, 2 to 9.
        #[arg(long)]
        count: u8,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Bring one component, typed without echo or read from standard input; prints its check value.
    Add {
        /// As `begin` printed it.
        ceremony: String,
        /// Who brings it; each custodian brings one.
        #[arg(long, value_name = "NAME")]
        custodian: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the key; prints its check value and id.
    Finish {
        /// As `begin` printed it.
        ceremony: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forget the components.
    Abort {
        /// As `begin` printed it.
        ceremony: String,
    },
}

/// The codes of usages in key blocks.
fn usages() -> impl Iterator<Item = &'static str> {
    static CODES: LazyLock<Vec<String>> =
        LazyLock::new(|| Usage::ALL.iter().map(|usage| format!("{usage:?}")).collect());
    CODES.iter().map(String::as_str)
}

/// The letters of modes in key blocks.
fn modes() -> impl Iterator<Item = &'static str> {
    static LETTERS: LazyLock<Vec<String>> = LazyLock::new(|| {
        ModeOfUse::ALL.iter().map(|mode| char::from(mode.code()).to_string()).collect()
    });
    LETTERS.iter().map(String::as_str)
}

/// What `--allow` takes, for its help.
fn operation_names() -> String {
    let names: Vec<_> = Action::all().filter(|one| one.is_payment()).map(Action::name).collect();
    format!(
        "Operations that it may do, by their names in the audit log, joined by commas. A name also \
         allows those that go on behind an underscore: verify_pin allows verify_pin_3624 and \
         verify_pin_visa, payment all that manages keys. Default: all. The names:\n\n{}",
        names.join("\n")
    )
}

/// Payments, from the operator's side.
pub(super) fn payments(
    data: &Path,
    config: &Config,
    command: PaymentsCommand,
) -> Result<(), Failure> {
    let asked = |request| answer(data, config, request);
    match command {
        PaymentsCommand::AccessKey(command) => access_key(asked, command),
        PaymentsCommand::Pair(command) => pair(asked, command),
        PaymentsCommand::Key(PaymentKeyCommand::List { partition, json }) => {
            keys(asked(PaymentRequest::Keys { partition })?, json)
        }
        PaymentsCommand::Key(PaymentKeyCommand::Set { partition, key, own }) => {
            let own = own.wanted();
            keys(asked(PaymentRequest::SetKey { partition, key, own })?, false)
        }
        PaymentsCommand::Waits(command) => waits::waits(asked, command),
        PaymentsCommand::Model => {
            let model = serde_json::to_string_pretty(&typex_dialect::aws_payment::model())?;
            Ok(writeln!(std::io::stdout(), "{model}")?)
        }
        PaymentsCommand::Demo => demo::demo(&mut std::io::stdout().lock()),
    }
}

/// Keys from components.
pub(super) fn components(
    data: &Path,
    config: &Config,
    command: ComponentsCommand,
) -> Result<(), Failure> {
    let (request, json) = match command {
        ComponentsCommand::Begin { partition, algorithm, usage, mode, count, json } => {
            (ComponentRequest::Begin { partition, algorithm, usage, mode, count }, json)
        }
        ComponentsCommand::Add { ceremony, custodian, json } => {
            let component = Component(typed(&format!("Component of {custodian}, not shown: "))?);
            (ComponentRequest::Add { ceremony, custodian, component }, json)
        }
        ComponentsCommand::Finish { ceremony, json } => {
            (ComponentRequest::Finish { ceremony }, json)
        }
        ComponentsCommand::Abort { ceremony } => {
            let request = PaymentRequest::Components(ComponentRequest::Abort { ceremony });
            return answer(data, config, request).map(drop);
        }
    };
    match answer(data, config, PaymentRequest::Components(request))? {
        PaymentAnswer::Components(progress) if json => lines(&[progress]),
        PaymentAnswer::Components(progress) => show(&progress),
        _ => Err(unexpected()),
    }
}

fn answer(data: &Path, config: &Config, request: PaymentRequest) -> Result<PaymentAnswer, Failure> {
    match ask(data, config, Request::Payments(Box::new(request)))? {
        Answer::Payments(answer) => Ok(*answer),
        _ => Err(unexpected()),
    }
}

fn access_key(
    ask: impl Fn(PaymentRequest) -> Result<PaymentAnswer, Failure>,
    command: AccessKeyCommand,
) -> Result<(), Failure> {
    let change = |id, to| ask(PaymentRequest::ChangeAccessKey { id, to }).map(drop);
    match command {
        AccessKeyCommand::Create { partition, name, allow: operations, keys, json } => {
            let partition = Some(partition).filter(|partition| partition != "new");
            let request = PaymentRequest::AddAccessKey { partition, name, operations, keys };
            added(ask(request)?, json)
        }
        AccessKeyCommand::List { json } => access_keys(ask(PaymentRequest::AccessKeys)?, json),
        AccessKeyCommand::Disable { id } => change(id, AccessChange::Disable),
        AccessKeyCommand::Enable { id } => change(id, AccessChange::Enable),
        AccessKeyCommand::Delete { id } => change(id, AccessChange::Delete),
    }
}

fn pair(
    ask: impl Fn(PaymentRequest) -> Result<PaymentAnswer, Failure>,
    command: PairCommand,
) -> Result<(), Failure> {
    match command {
        PairCommand::Grant(args) => {
            let wanted = PairWanted {
                partition: args.partition,
                passage: args.passage,
                incoming: EndWanted { key: args.incoming, is_wrapped: args.incoming_wrapped },
                outgoing: EndWanted { key: args.outgoing, is_wrapped: args.outgoing_wrapped },
                days: args.days,
            };
            pairs(ask(PaymentRequest::GrantPair(wanted))?, args.json)
        }
        PairCommand::Approve { id, custodian } => {
            pairs(ask(PaymentRequest::ApprovePair { id, custodian })?, false)
        }
        PairCommand::List { partition, json } => {
            pairs(ask(PaymentRequest::Pairs { partition })?, json)
        }
        PairCommand::Revoke { id } => ask(PaymentRequest::RevokePair { id }).map(drop),
    }
}

impl OwnArgs {
    fn wanted(self) -> OwnWanted {
        match self {
            Self { brings: Some(usages), .. } => OwnWanted::Brings(usages),
            Self { pin_rule: Some(rule), .. } => OwnWanted::PinRule(rule),
            Self { accept_format_1: true, .. } => OwnWanted::Format1,
            Self { gcm_only: true, .. } => OwnWanted::GcmOnly,
            Self { client_data: true, .. } => OwnWanted::ClientData,
            _ => OwnWanted::Nothing,
        }
    }
}

fn added(answer: PaymentAnswer, json: bool) -> Result<(), Failure> {
    let PaymentAnswer::AccessKeyAdded { access_key_id, secret_access_key, partition, account } =
        answer
    else {
        return Err(unexpected());
    };
    if json {
        let object = serde_json::json!({
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
            "partition": partition,
            "account": account,
        });
        return lines(&[object]);
    }
    say!("access key  {access_key_id}");
    say!("secret      {secret_access_key}   (shown once)");
    say!("partition   {partition}\naccount     {account}");
    Ok(())
}

fn access_keys(answer: PaymentAnswer, json: bool) -> Result<(), Failure> {
    let PaymentAnswer::AccessKeys(all) = answer else { return Err(unexpected()) };
    let some = |list: &Option<Vec<String>>| list.as_ref().map_or("all".into(), |all| all.join(","));
    let row = |one: &AccessKey| {
        let keys = one.keys.as_ref().map_or("all".to_owned(), |keys| keys.len().to_string());
        let (state, allowed) = (one.state.clone(), some(&one.operations));
        [one.id.clone(), one.partition.clone(), state, keys, allowed, one.name.clone()]
    };
    listed(&all, json, ["ACCESS KEY", "PARTITION", "STATE", "KEYS", "ALLOWED", "NAME"], row)
}

fn pairs(answer: PaymentAnswer, json: bool) -> Result<(), Failure> {
    let PaymentAnswer::Pairs(all) = answer else { return Err(unexpected()) };
    let end = |end: &EndWanted| match end.is_wrapped {
        true => format!("under {}", end.key),
        false => end.key.clone(),
    };
    let row = |one: &PairShown| {
        let approvals = one.custodians.len().to_string();
        let (incoming, outgoing) = (end(&one.incoming), end(&one.outgoing));
        [one.id.clone(), one.passage.clone(), incoming, outgoing, approvals, one.state.clone()]
    };
    listed(&all, json, ["PAIR", "PASSAGE", "FROM", "TO", "APPROVALS", "STATE"], row)
}

fn keys(answer: PaymentAnswer, json: bool) -> Result<(), Failure> {
    let PaymentAnswer::Keys(all) = answer else { return Err(unexpected()) };
    let row = |one: &PaymentKeyShown| {
        let what = format!("{} {} {}", one.usage, one.algorithm, one.mode);
        let own = one.own.clone().unwrap_or_default();
        [one.id.clone(), one.partition.clone(), what, one.entry.clone(), one.state.clone(), own]
    };
    listed(&all, json, ["KEY", "PARTITION", "WHAT", "CAME", "STATE", "OWN"], row)
}

fn show(progress: &Progress) -> Result<(), Failure> {
    let Progress { ceremony, taken, count, check_value, key, seconds_left } = progress;
    if let Some(check_value) = check_value {
        say!("check value {check_value}");
    }
    match key {
        Some(key) => say!("key         {key}"),
        None => {
            say!("components  {ceremony}: {taken} of {count}");
            say!("forgotten   in {} minutes", seconds_left / 60);
        }
    }
    Ok(())
}
