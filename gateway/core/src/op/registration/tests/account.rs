use super::*;
use crate::error::{ErrorKind, Malformed};
use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::limits::{REGISTRATION_OPEN_MS, REGISTRATION_REPEAT_MS};

fn new_client(client_type: &str) -> NewClient {
    NewClient {
        name: "till 7".into(),
        authentication: AuthName::Type,
        client_type: client_type.into(),
        token: None,
        registration: None,
        email: None,
        properties: vec![],
    }
}

fn admit(request: &NewClient, pending: Option<&PendingClient>) -> Result<Creation, ErrorKind> {
    let found = settings().admit(Environment::Dev, request, pending, NOW).map(|(_, how)| how);
    found.map_err(|error| error.kind)
}

fn hash() -> PasswordHash {
    PasswordHash { memory_kib: 8, passes: 1, lanes: 1, salt: [1; 16], hash: Secret::new([2; 32]) }
}

fn record() -> ClientRecord {
    let ids = (ClientId([7; 16]), PartitionId([8; 16]));
    let settings = settings();
    let kind = settings.client_type("test").expect("listed above");
    ClientRecord::new(ids, kind, Environment::Dev, new_client("test"), hash(), NOW)
}

#[test]
fn user_names_are_version_4_uuids_of_the_client() {
    let (id, credentials) = Credentials::new([0xff; 16], &Secret::new([0xab; 32]));
    assert_eq!(credentials.username, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(credentials.password.expose(), &"ab".repeat(32));
    assert_eq!(client_of(&credentials.username), Some(id));
    let odd =
        ["", "TEST", "ffffffffffff-4fff-bfff-ffffffffffff-", &"f".repeat(32), &"é".repeat(18)];
    for name in odd {
        assert_eq!(client_of(name), None, "{name}");
    }
    let upper = credentials.username.to_ascii_uppercase();
    assert_eq!(client_of(&upper), None, "each spelling would be throttled apart");
}

#[test]
fn api_keys_are_the_hex_digits_of_their_random_bits() {
    let text = api_key_text(&Secret::new(*b"\x00\x01\x0f\x10\x9a\xffabcdefghij"));
    assert_eq!(text.expose().as_str(), "00010f109aff6162636465666768696a");
}

#[test]
fn a_type_without_token_takes_any_and_one_with_a_token_takes_that() {
    assert_eq!(admit(&new_client("test"), None), Ok(Creation::New));
    let mut request = new_client("vendor");
    assert_eq!(admit(&request, None), Err(ErrorKind::Forbidden));
    for (token, fits) in [("vendor-token", true), ("vendor-tokem", false), ("", false)] {
        request.token = Some(Secret::new(token.to_owned()));
        assert_eq!(admit(&request, None).is_ok(), fits, "{token}");
    }
}

#[test]
fn unknown_types_methods_and_environments_get_the_answer_of_a_wrong_token() {
    let settings = settings();
    let wrong_token = settings.admit(Environment::Dev, &new_client("vendor"), None, NOW);
    let expected = wrong_token.err().expect("no token").public;
    let mut odd_method = new_client("test");
    odd_method.authentication = AuthName::Totp;
    let cases = [
        (Environment::Dev, new_client("nobody")),
        (Environment::Dev, new_client("partner")),
        (Environment::Dev, odd_method),
        (Environment::Prod, new_client("test")),
    ];
    for (environment, request) in cases {
        let error = settings.admit(environment, &request, None, NOW).err().expect("refused");
        assert_eq!((error.kind, &error.public), (ErrorKind::Forbidden, &expected));
    }
}

#[test]
fn a_registration_must_be_confirmed_fresh_and_of_the_type() {
    let ask = NewRegistration {
        client_type: "partner".into(),
        method: None,
        email: Some("till@example".into()),
        mobile: None,
        rsa: None,
    };
    let mut pending = settings().begin(ask, &[255; 40], NOW).expect("complete");
    assert_eq!(pending.id, "3".repeat(40));
    let mut request = new_client("partner");
    request.registration = Some(pending.id.clone());
    assert_eq!(admit(&request, None), Err(ErrorKind::Forbidden));
    assert_eq!(admit(&request, Some(&pending)), Err(ErrorKind::Forbidden));
    pending.confirmed = true;
    assert_eq!(admit(&request, Some(&pending)), Ok(Creation::New));
    pending.created = UnixMs(NOW.0 - REGISTRATION_OPEN_MS - 1);
    assert_eq!(admit(&request, Some(&pending)), Err(ErrorKind::Forbidden));
    pending.created = NOW;
    request.client_type = "test".into();
    assert_eq!(admit(&request, Some(&pending)), Err(ErrorKind::Forbidden));
}

#[test]
fn the_method_is_the_one_that_the_registration_was_opened_for() {
    let method = |name, init| Method { name, init, contacts: vec![] };
    let mut settings = settings();
    settings.types[0].methods =
        vec![method(AuthName::Challenge, true), method(AuthName::Totp, false)];
    let ask = NewRegistration {
        client_type: "test".into(),
        method: Some(AuthName::Challenge),
        email: None,
        mobile: None,
        rsa: None,
    };
    let mut pending = settings.begin(ask, &[0; 40], NOW).expect("complete");
    pending.confirmed = true;
    let mut request = new_client("test");
    request.registration = Some(pending.id.clone());
    let cases = [
        (AuthName::Challenge, true, true),
        (AuthName::Type, true, true),
        (AuthName::Totp, true, false),
        (AuthName::Hotp, true, false),
        (AuthName::Totp, false, true),
        (AuthName::Type, false, true),
        (AuthName::Challenge, false, false),
    ];
    for (authentication, opened, fits) in cases {
        request.authentication = authentication;
        request.registration = opened.then(|| pending.id.clone());
        let admitted = settings.admit(Environment::Dev, &request, Some(&pending), NOW);
        assert_eq!(admitted.is_ok(), fits, "{authentication:?} {opened}");
    }
}

#[test]
fn a_used_registration_repeats_its_client_for_a_while_only() {
    let mut pending = PendingClient {
        id: "x".into(),
        client_type: "test".into(),
        method: AuthName::Type,
        contacts: [None, None, None],
        confirmed: true,
        used: Some((ClientId([3; 16]), NOW)),
        created: NOW,
    };
    let mut request = new_client("test");
    request.registration = Some("x".into());
    assert_eq!(admit(&request, Some(&pending)), Ok(Creation::Again(ClientId([3; 16]))));
    pending.used = Some((ClientId([3; 16]), UnixMs(NOW.0 - REGISTRATION_REPEAT_MS - 1)));
    assert_eq!(admit(&request, Some(&pending)), Err(ErrorKind::Forbidden));
}

#[test]
fn opening_a_registration_needs_the_methods_contacts() {
    let ask = |client_type: &str, method| NewRegistration {
        client_type: client_type.into(),
        method,
        email: None,
        mobile: None,
        rsa: None,
    };
    let kind = |ask| settings().begin(ask, &[0; 40], NOW).err().map(|error| error.kind);
    assert_eq!(kind(ask("partner", None)), Some(ErrorKind::Malformed(Malformed::Member)));
    assert_eq!(kind(ask("partner", Some(AuthName::Hotp))), Some(ErrorKind::Forbidden));
    assert_eq!(kind(ask("nobody", None)), Some(ErrorKind::Forbidden));
    assert_eq!(kind(ask("test", None)), None);
}

fn add(client: &mut ClientRecord, names: Option<Vec<String>>) -> Result<ApiKeyRecord, ErrorKind> {
    let request = NewApiKey { endpoint: vec![], digest: [0; 32], operations: names };
    let id = (ApiKeyId([4; 16]), [5; 32]);
    ApiKeyRecord::add(&settings(), client, Environment::Dev, request, id, NOW)
        .map_err(|error| error.kind)
}

#[test]
fn api_keys_are_counted_and_refused_at_the_limit_and_for_closed_accounts() {
    let mut client = record();
    assert!(add(&mut client, None).is_ok() && add(&mut client, None).is_ok());
    assert_eq!(add(&mut client, None), Err(ErrorKind::Quota));
    assert_eq!(client.api_keys, 2);
    let mut closed = record();
    closed.status = ClientStatus::Disabled;
    assert!(matches!(add(&mut closed, None), Err(ErrorKind::Unauthenticated(_))));
}

#[test]
fn a_key_for_some_operations_covers_and_shows_those() {
    let mut client = record();
    let limited = add(&mut client, Some(vec!["basic_rsa1024_decrypt".into()])).expect("offered");
    assert!(limited.covers(5) && !limited.covers(4));
    assert!(limited.covers(0x30_0005) && !limited.covers(0x30_0004) && !limited.covers(0x5_0000));
    assert_eq!(limited.operations(&settings()).len(), 1);
    let unknown = add(&mut client, Some(vec!["basic_rsa512_decrypt".into()]));
    assert_eq!(unknown, Err(ErrorKind::Malformed(Malformed::Value)));
    let free = add(&mut client, None).expect("below the limit");
    assert!(free.covers(0x30_0006));
    assert_eq!(free.operations(&settings()).len(), 3);
}

#[test]
fn a_callers_user_name_must_be_the_keys_client_and_the_key_must_work() {
    let mut key = add(&mut record(), None).expect("below the limit");
    let own = username(ClientId([7; 16]));
    assert!(key.check_caller(None).is_ok() && key.check_caller(Some(&own)).is_ok());
    let other = username(ClientId([6; 16]));
    assert!(key.check_caller(Some(&other)).is_err() && key.check_caller(Some("x")).is_err());
    key.status = ApiKeyStatus::Revoked;
    assert!(key.check_caller(Some(&own)).is_err() && key.principal().is_err());
}

#[test]
fn objects_end_at_the_limit() {
    let mut client = record();
    client.objects = 4;
    assert!(client.check_objects().is_ok());
    client.objects = 5;
    assert_eq!(client.check_objects().err().map(|error| error.kind), Some(ErrorKind::Quota));
}

#[test]
fn approvals_replace_by_type_and_end_at_the_limit() {
    let approval = |foreign_type| Approval { foreign_type, policy: "{}".into(), given: NOW };
    let mut approvals: Vec<_> = (0..63).map(approval).collect();
    assert!(check_approval(&approvals, 99).is_ok());
    approvals.push(approval(63));
    assert!(check_approval(&approvals, 99).is_err());
    assert!(check_approval(&approvals, 3).is_ok());
}

#[test]
fn logs_are_cut_between_characters_and_put_together_again() {
    for text in ["", "short", &"é".repeat(100_000), &"x".repeat(96 * 1024)] {
        let parts = split_log(text);
        assert!(parts.iter().all(|part| part.len() <= 48 * 1024));
        assert_eq!(parts.concat(), text);
        assert!(parts.len() == 1 || parts.iter().all(|part| !part.is_empty()));
    }
}

#[test]
fn the_oldest_log_gives_way() {
    let mut index = LogIndex::default();
    let name = |number: u128| number.to_be_bytes();
    for number in 0..1024 {
        assert_eq!(index.push(name(number), 1), None);
    }
    assert_eq!(index.push(name(1024), 2), Some((name(0), 1)));
    assert!(index.contains(&name(1024)) && !index.contains(&name(0)));
    assert_eq!(index.logs.len(), 1024);
}
