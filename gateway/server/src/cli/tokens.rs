//! `typex tokens`.

use std::path::Path;

use clap::{Args, Subcommand};
use typex_core::policy::token::Right;

use super::run::{Failure, ask};
use super::table::{lines, rows, unexpected};
use crate::admin::tokens::{
    DomainChange, DomainShown, DomainWanted, LevelShown, RightsShown, TokenAnswer, TokenRequest,
};
use crate::admin::{Answer, Request};
use crate::config::Config;

/// `typex tokens`.
#[derive(Subcommand)]
pub enum TokensCommand {
    /// Domains: what tokens of a name look like, and how they are made.
    #[command(subcommand)]
    Domain(DomainCommand),
    /// What callers may do with tokens.
    #[command(subcommand)]
    Rights(RightsCommand),
    /// List forms of random tokens of which 5 % and more are used up; at 10 % there are no more.
    Levels {
        /// Only this partition: its id or account.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// `typex tokens domain`.
#[derive(Subcommand)]
pub enum DomainCommand {
    /// Make a domain and its keys.
    Create(DomainArgs),
    /// List domains.
    List {
        /// Only this partition: its id or account.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show a domain with its keys.
    Show {
        /// Whose it is.
        #[command(flatten)]
        named: DomainNamed,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make or seal new tokens under another key; old ones are still understood.
    Rotate {
        /// Whose it is.
        #[command(flatten)]
        named: DomainNamed,
        /// A key of the partition, as `key list` prints it; default: a new one.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Have tokens of an earlier version mean nothing any more, for good.
    Retire {
        /// Whose it is.
        #[command(flatten)]
        named: DomainNamed,
        /// The version, as `domain show` prints it.
        #[arg(long)]
        version: u8,
    },
    /// Remove a domain; a vault must be empty. Its keys stay.
    Delete {
        /// Whose it is.
        #[command(flatten)]
        named: DomainNamed,
    },
}

/// A domain of a partition.
#[derive(Args)]
pub struct DomainNamed {
    /// Its name.
    name: String,
    /// Whose it is: id or account.
    #[arg(long, value_name = "ID")]
    partition: String,
}

/// Options of `typex tokens domain create`.
#[derive(Args)]
pub struct DomainArgs {
    /// The domain.
    #[command(flatten)]
    named: DomainNamed,
    /// encrypt: a token is all there is. vault: random, one token for each value. vault-multiple:
    /// random, a new token each time.
    #[arg(long, default_value = "encrypt")]
    scheme: String,
    /// Characters kept in front, 0 to 8.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    front: u8,
    /// Characters kept at the end, 0 to 4.
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    end: u8,
    /// The check digit of tokens: versioned (never right; says the version of the key), kept
    /// (right), free (left to chance).
    #[arg(long, default_value = "versioned")]
    luhn: String,
    /// Characters that values and tokens are written in; default: digits of card numbers.
    #[arg(long, value_name = "CHARACTERS")]
    alphabet: Option<String>,
    /// Seconds that tokens live if their maker does not say; for vaults. Default: for ever.
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u64>,
    /// Different values of one form that a caller may have tokenized within an hour, or none for
    /// no limit; default: 1000 where tokens have fewer than a billion values to choose from.
    #[arg(long, value_name = "COUNT")]
    distinct: Option<String>,
    /// Tokens whose values a caller is told within an hour; default: 1000.
    #[arg(long, value_name = "COUNT")]
    detokenize: Option<u32>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// `typex tokens rights`.
#[derive(Subcommand)]
pub enum RightsCommand {
    /// Give a caller rights in some domains, in place of those that it had in these.
    Grant {
        /// An access key, a client, or the id of an API key.
        caller: String,
        /// A domain; with * at its end, all whose names begin so.
        #[arg(long, value_name = "NAME")]
        domains: String,
        /// Rights, joined by commas; --help lists them.
        #[arg(long, value_name = "RIGHTS", value_delimiter = ',', long_help = right_names())]
        rights: Vec<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show rights.
    Show {
        /// Only of this caller.
        caller: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take rights back at once.
    Revoke {
        /// An access key, a client, or the id of an API key.
        caller: String,
        /// As `rights show` prints it; default: all.
        #[arg(long, value_name = "NAME")]
        domains: Option<String>,
    },
}

/// What `--rights` takes, for its help.
fn right_names() -> String {
    let names: Vec<_> = Right::ALL.iter().map(|right| right.name()).collect();
    format!("Rights, joined by commas:\n\n{}", names.join("\n"))
}

/// Tokens, from the operator's side.
pub(super) fn tokens(data: &Path, config: &Config, command: TokensCommand) -> Result<(), Failure> {
    let asked = |request| match ask(data, config, Request::Tokens(Box::new(request)))? {
        Answer::Tokens(answer) => Ok(*answer),
        _ => Err(unexpected()),
    };
    match command {
        TokensCommand::Domain(command) => domain(asked, command),
        TokensCommand::Rights(command) => rights(asked, command),
        TokensCommand::Levels { partition, json } => {
            levels(asked(TokenRequest::Levels { partition })?, json)
        }
    }
}

fn domain(
    ask: impl Fn(TokenRequest) -> Result<TokenAnswer, Failure>,
    command: DomainCommand,
) -> Result<(), Failure> {
    let change =
        |DomainNamed { name, partition }, what| ask(TokenRequest::Domain { partition, name, what });
    match command {
        DomainCommand::Create(args) => {
            let json = args.json;
            let wanted = Box::new(args.wanted());
            domains(ask(TokenRequest::CreateDomain(wanted))?, json)
        }
        DomainCommand::List { partition, json } => {
            domains(ask(TokenRequest::Domains { partition })?, json)
        }
        DomainCommand::Show { named, json } => show(change(named, DomainChange::Show)?, json),
        DomainCommand::Rotate { named, key } => {
            show(change(named, DomainChange::Rotate { key })?, false)
        }
        DomainCommand::Retire { named, version } => {
            show(change(named, DomainChange::Retire { version })?, false)
        }
        DomainCommand::Delete { named } => change(named, DomainChange::Delete).map(drop),
    }
}

fn rights(
    ask: impl Fn(TokenRequest) -> Result<TokenAnswer, Failure>,
    command: RightsCommand,
) -> Result<(), Failure> {
    match command {
        RightsCommand::Grant { caller, domains, rights, json } => {
            given(ask(TokenRequest::Grant { caller, domains, rights })?, json)
        }
        RightsCommand::Show { caller, json } => given(ask(TokenRequest::Rights { caller })?, json),
        RightsCommand::Revoke { caller, domains } => {
            ask(TokenRequest::Revoke { caller, domains }).map(drop)
        }
    }
}

impl DomainArgs {
    fn wanted(self) -> DomainWanted {
        DomainWanted {
            partition: self.named.partition,
            name: self.named.name,
            scheme: self.scheme,
            ttl_seconds: self.ttl,
            front: self.front,
            end: self.end,
            luhn: self.luhn,
            alphabet: self.alphabet,
            distinct: self.distinct,
            detokenize: self.detokenize,
        }
    }
}

fn domains(answer: TokenAnswer, json: bool) -> Result<(), Failure> {
    let TokenAnswer::Domains(all) = answer else { return Err(unexpected()) };
    if json {
        return lines(&all);
    }
    let row = |one: &DomainShown| {
        let keeps = format!("{}+{}", one.front, one.end);
        let full = one.fullest_permille.map_or_else(
            || "below 5 %".to_owned(),
            |permille| format!("{}.{} %", permille / 10, permille % 10),
        );
        let looks = if one.is_recognisable { "no" } else { "yes" }.to_owned();
        let (name, scheme, luhn) = (one.name.clone(), one.scheme.clone(), one.luhn.clone());
        [name, one.partition.clone(), scheme, keeps, luhn, looks, full]
    };
    let header = ["DOMAIN", "PARTITION", "SCHEME", "KEEPS", "LUHN", "MAY LOOK LIKE A CARD", "FULL"];
    rows(header, all.iter().map(row))
}

fn show(answer: TokenAnswer, json: bool) -> Result<(), Failure> {
    let TokenAnswer::Domains(all) = answer else { return Err(unexpected()) };
    if json {
        return lines(&all);
    }
    for one in &all {
        say!("domain      {}\npartition   {}\nscheme      {}", one.name, one.partition, one.scheme);
        say!("keeps       {} in front, {} at the end", one.front, one.end);
        say!("alphabet    {}", one.alphabet.as_deref().unwrap_or("digits"));
        say!("luhn        {}", one.luhn);
        if let Some(seconds) = one.ttl_seconds {
            say!("lives       {seconds} s");
        }
        say!("distinct    {} an hour", one.distinct);
        say!("detokenize  {} an hour", one.detokenize);
        for key in &one.keys {
            let version = key.version.map(|number| format!(" version {number}"));
            let version = version.unwrap_or_default();
            say!("key         {} {}{version} {}", key.key, key.does, key.standing);
        }
    }
    Ok(())
}

fn levels(answer: TokenAnswer, json: bool) -> Result<(), Failure> {
    let TokenAnswer::Levels(all) = answer else { return Err(unexpected()) };
    if json {
        return lines(&all);
    }
    let row = |one: &LevelShown| {
        let full = format!("{}.{} %", one.permille / 10, one.permille % 10);
        let (tokens, values) = (one.tokens.to_string(), one.values.to_string());
        [one.domain.clone(), one.partition.clone(), one.form.clone(), tokens, values, full]
    };
    rows(["DOMAIN", "PARTITION", "FORM", "TOKENS", "VALUES", "FULL"], all.iter().map(row))
}

fn given(answer: TokenAnswer, json: bool) -> Result<(), Failure> {
    let TokenAnswer::Rights(all) = answer else { return Err(unexpected()) };
    if json {
        return lines(&all);
    }
    let row = |one: &RightsShown| {
        let (caller, domains) = (one.caller.clone(), one.domains.clone());
        [caller, one.partition.clone(), domains, one.rights.join(",")]
    };
    rows(["CALLER", "PARTITION", "DOMAINS", "RIGHTS"], all.iter().map(row))
}
