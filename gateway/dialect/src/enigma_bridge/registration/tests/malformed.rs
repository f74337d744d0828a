use super::super::Reply;
use super::super::answer::Envelope;
use super::{body, read};

/// What a client sees as status.
fn status(place: &str, text: &str) -> u64 {
    let Err(error) = read(place, text) else { return 0x9000 };
    let answer = Envelope::failure(&Reply::default(), &error);
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    answer["status"].as_u64().expect("a number")
}

/// Function, further members, status.
const BODIES: &[(&str, &str, u64)] = &[
    ("getauth", r#","client":{"type":"t"}"#, 0x9000),
    ("getauth", "", 0x8036),
    ("getauth", r#","client":null"#, 0x8036),
    ("getauth", r#","client":"t""#, 0x8036),
    ("getauth", r#","client":[]"#, 0x8036),
    ("getauth", r#","client":{}"#, 0x8036),
    ("getauth", r#","client":{"type":""}"#, 0x8036),
    ("getauth", r#","client":{"type":7}"#, 0x8036),
    ("getauth", r#","client":{"type":"a","type":"b"}"#, 0x8036),
    ("getauth", r#","client":{"type":"t"},"client":{"type":"t"}"#, 0x8036),
    ("getauth", r#","client":{"type":"t"},"environment":"live""#, 0x8039),
    ("getauth", r#","client":{"type":"t"},"environment":3"#, 0x8036),
    ("getAuth", r#","client":{"type":"t"}"#, 0x8001),
    ("", "", 0x8001),
    ("initauth", r#","client":{"type":"t","method":"guess"}"#, 0xa0ba),
    ("create", r#","client":{"type":"t"}"#, 0x8036),
    ("create", r#","client":{"name":"n"}"#, 0x8036),
    ("create", r#","client":{"name":"n","type":"t","authentication":"guess"}"#, 0xa0ba),
    ("create", r#","client":{"name":"n","type":"t","ami":[]}"#, 0x8036),
    ("addapi", r#","client":{"username":"u"}"#, 0x8036),
    ("addapi", r#","client":{"password":"p"}"#, 0x8036),
    ("addapi", r#","client":{"username":"u","password":"p","authentication":"totp"}"#, 0x80b9),
    ("addapi", r#","client":{"username":"u","password":"p"},"endpoint":7"#, 0x8036),
    ("addapi", r#","client":{"username":"u","password":"p"},"operations":"a""#, 0x8036),
    ("showapi", r#","client":{"username":"u","password":"p"}"#, 0x8036),
    ("clientip", "", 0x8001),
];

/// The same at the API keys' path. `KEY` stands for one.
const HOLDERS: &[(&str, &str, u64)] = &[
    ("clientip", "", 0x9000),
    ("clientip", r#","apidata":[1]"#, 0x9000),
    ("listops", r#","apidata":{"apikey":"KEY"}"#, 0x9000),
    ("listops", "", 0x8036),
    ("listops", r#","apidata":{"username":"u"}"#, 0x8036),
    ("listops", r#","apidata":{"apikey":""}"#, 0x8036),
    ("listops", r#","apidata":{"apikey":1}"#, 0x8036),
    ("enroldomain", r#","apidata":{"apikey":"KEY"}"#, 0x8036),
    ("enroldomain", r#","apidata":{"apikey":"KEY","certificate":"%%%%"}"#, 0x8039),
    ("getdomainchallenge", r#","apidata":{"apikey":"KEY","ipv4":"1.2.3"}"#, 0x8039),
    ("getdomainchallenge", r#","apidata":{"apikey":"KEY","ipv4":"::1"}"#, 0x8039),
    ("getdomainchallenge", r#","apidata":{"apikey":"KEY","ipv6":"1.2.3.4"}"#, 0x8039),
    ("getdomainchallenge", r#","apidata":{"apikey":"KEY","private":"yes"}"#, 0x8036),
    ("updatedomain", r#","apidata":{"apikey":"KEY","response":"r"}"#, 0x8036),
    ("updatedomain", r#","apidata":{"apikey":"KEY","authentication":"challenge"}"#, 0x8036),
    (
        "updatedomain",
        r#","apidata":{"apikey":"KEY","authentication":"signature","response":"r"}"#,
        0x8036,
    ),
    (
        "updatedomain",
        r#","apidata":{"apikey":"KEY","authentication":"totp","response":"r"}"#,
        0x80b9,
    ),
    (
        "updatedomain",
        r#","apidata":{"apikey":"KEY","authentication":"what","response":"r"}"#,
        0xa0ba,
    ),
    (
        "updatedomain",
        r#","apidata":{"apikey":"KEY","authentication":"challenge","response":"r",
        "dnsdata":[{"type":"MX","name":"n"}]}"#,
        0x8039,
    ),
    (
        "updatedomain",
        r#","apidata":{"apikey":"KEY","authentication":"challenge","response":"r",
        "dnsdata":[{"name":"n"}]}"#,
        0x8036,
    ),
    ("updatedomain", r#","signature":{"payload":"e30="}"#, 0x8036),
    ("updatedomain", r#","signature":{"payload":"e30=","value":"eA=="}"#, 0x8036),
    ("updatedomain", r#","signature":{"payload":"ew==","value":"eA=="}"#, 0x8039),
    ("updatedomain", r#","signature":{"payload":"W10=","value":"eA=="}"#, 0x8036),
    ("installstatus", r#","apidata":{"apikey":"KEY"}"#, 0x8036),
    ("installstatus", r#","apidata":{"apikey":"KEY"},"statusdata":{}"#, 0x9000),
    ("installstatus", r#","apidata":{"apikey":"KEY"},"statusdata":{"status":"ok"}"#, 0x9000),
    ("installstatus", r#","apidata":{"apikey":"KEY"},"statusdata":{"duration":-1}"#, 0x8039),
    ("installstatus", r#","apidata":{"apikey":"KEY"},"statusdata":{"duration":1e300}"#, 0x8039),
    ("unlockdomain", "", 0x8036),
    ("sendlog", "", 0x8036),
    ("sendlog", r#","log":"x","effort":7"#, 0x8036),
    ("sendlog", r#","log":"x","apidata":{}"#, 0x9000),
    ("create", r#","client":{"type":"t","name":"n"}"#, 0x8001),
];

#[test]
fn each_malformed_request_gets_its_status() {
    for (function, rest, expected) in BODIES {
        let found = status("client", &body(function, rest));
        assert_eq!(found, *expected, "{function} {rest}: {found:04x}");
    }
    let key = "0123456789abcdef0123456789abcdef";
    for (function, rest, expected) in HOLDERS {
        let found = status("apikey", &body(function, &rest.replace("KEY", key)));
        assert_eq!(found, *expected, "{function} {rest}: {found:04x}");
    }
}

#[test]
fn the_outer_object_comes_first() {
    let cases = [
        ("", 0x8037),
        ("{", 0x8037),
        ("nonsense", 0x8037),
        ("{}{}", 0x8037),
        ("[]", 0x8036),
        ("7", 0x8036),
        ("null", 0x8036),
        (r#"{"nonce":"n","nonce":"n"}"#, 0x8036),
        (r#"{"function":"clientip"}"#, 0x803a),
        (r#"{"nonce":"","function":"clientip"}"#, 0x803a),
        (r#"{"nonce":null,"function":"clientip"}"#, 0x803a),
        (r#"{"nonce":5,"function":"clientip"}"#, 0x8036),
        (r#"{"nonce":"n","version":2,"function":"clientip"}"#, 0x8038),
        (r#"{"nonce":"n","version":[],"function":"clientip"}"#, 0x8038),
        (r#"{"nonce":"n","version":"1","function":"clientip"}"#, 0x9000),
        (r#"{"nonce":"n","version":1.0,"function":"clientip"}"#, 0x9000),
        (r#"{"nonce":"n","function":"clientip"}"#, 0x9000),
        (r#"{"nonce":"n"}"#, 0x8036),
        (r#"{"nonce":"n","function":7}"#, 0x8036),
    ];
    for (text, expected) in cases {
        let found = status("apikey", text);
        assert_eq!(found, expected, "{text}: {found:04x}");
    }
}

#[test]
fn other_paths_serve_no_function() {
    for place in ["", "clients", "client/x", "APIKEY", "business"] {
        assert_eq!(status(place, &body("clientip", "")), 0x8001, "{place}");
    }
    assert_eq!(status("apikey/", &body("clientip", "")), 0x9000);
    assert_eq!(status("apikey?x=1", &body("clientip", "")), 0x9000);
}

#[test]
fn everything_has_a_longest_form() {
    let long = |count: usize| "x".repeat(count);
    let client = |name: &str| format!(r#","client":{{"type":"t","name":"{name}"}}"#);
    assert_eq!(status("client", &body("create", &client(&long(256)))), 0x9000);
    assert_eq!(status("client", &body("create", &client(&long(257)))), 0x8031);
    let nonce = format!(r#"{{"nonce":"{}","function":"clientip"}}"#, long(257));
    assert_eq!(status("apikey", &nonce), 0x8031);
    let log = |count| body("sendlog", &format!(r#","log":"{}""#, long(count)));
    assert_eq!(status("apikey", &log(256 * 1024)), 0x9000);
    assert_eq!(status("apikey", &log(256 * 1024 + 1)), 0x8031);
    assert_eq!(status("apikey", &log(1024 * 1024)), 0x8031);
    let key = |count| body("listops", &format!(r#","apidata":{{"apikey":"{}"}}"#, long(count)));
    assert_eq!(status("apikey", &key(64)), 0x9000);
    assert_eq!(status("apikey", &key(65)), 0x8068);
    let members: Vec<_> = (0..33).map(|n| format!(r#""m{n}":"v""#)).collect();
    let ami = |count| {
        let members = members[..count].join(",");
        body("create", &format!(r#","client":{{"type":"t","name":"n","ami":{{{members}}}}}"#))
    };
    assert_eq!(status("client", &ami(32)), 0x9000);
    assert_eq!(status("client", &ami(33)), 0x8031);
    let certificate = |count: usize| {
        let text = "A".repeat(count);
        body("enroldomain", &format!(r#","apidata":{{"apikey":"k","certificate":"{text}"}}"#))
    };
    assert_eq!(status("apikey", &certificate(16 * 1024)), 0x9000);
    assert_eq!(status("apikey", &certificate(24 * 1024)), 0x8031);
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!(r#"{{"nonce":"n","function":"clientip","x":{}"#, "[".repeat(100_000));
    assert_eq!(status("apikey", &deep), 0x8037);
    let inner = format!(r#","log":{}{}"#, "[".repeat(5_000), "]".repeat(5_000));
    let found = status("apikey", &body("sendlog", &inner));
    assert!(found == 0x9000 || found == 0x8037, "{found:04x}");
}

#[test]
fn an_approved_policy_is_an_object_that_can_be_shown_again() {
    let approve = |policy: &str| {
        let rest = format!(r#","request":{{"apikey":"k","objecttype":4,"objectpolicy":{policy}}}"#);
        status("business", &body("authorizecreate", &rest))
    };
    assert_eq!(approve("{}"), 0x9000);
    for policy in ["[]", "7", "\"{}\"", "null"] {
        assert_eq!(approve(policy), 0x8036, "{policy}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert!(approve(&deep) != 0x9000);
    assert_eq!(approve(&format!("{{\"a\":\"{}\"}}", "x".repeat(8 * 1024))), 0x8031);
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_envelope(bytes: Vec<u8>) {
        super::super::fuzz(&bytes);
    }
}
