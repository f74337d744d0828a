use typex_core::op::registration::{AuthName, Call, DnsKind, DomainProof, Environment};
use typex_core::principal::Credential;

use super::{body, read};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn call(place: &str, function: &str, rest: &str) -> Call {
    match read(place, &body(function, rest)) {
        Ok((request, _)) => request.call,
        Err(error) => panic!("{function}: {error}"),
    }
}

#[test]
fn the_api_key_is_the_credential_of_its_holders_functions() {
    let apidata = format!(r#","apidata":{{"apikey":"{KEY}","username":"u"}}"#);
    for function in ["listops", "unlockdomain", "getdomainchallenge"] {
        let (_, credential) = read("apikey", &body(function, &apidata)).expect("complete");
        let Credential::ApiKey(key) = credential else { panic!("another credential") };
        assert_eq!(key.expose().as_str(), KEY);
    }
    let log = format!(r#"{apidata},"log":"x""#);
    let (_, credential) = read("apikey", &body("sendlog", &log)).expect("complete");
    assert!(matches!(credential, Credential::None), "a bad key may still prove work");
}

#[test]
fn passwords_are_the_credential_of_key_functions() {
    let rest = r#","client":{"username":"u","password":"p"},"endpoint":{}"#;
    let (_, credential) = read("client", &body("addapi", rest)).expect("complete");
    let Credential::Password { username, password } = credential else { panic!("another") };
    assert_eq!((username.as_str(), password.expose().as_str()), ("u", "p"));
}

#[test]
fn a_new_client_brings_its_machines_description() {
    let rest = r#","environment":"prod","client":{"name":"n","type":"t","email":"",
        "ami":{"id":"a","cores":4,"none":null},"extra":[1]},"extra":{}"#;
    let (request, _) = read("client", &body("create", rest)).expect("complete");
    assert_eq!(request.environment, Environment::Prod);
    let Call::CreateClient(client) = request.call else { panic!("another call") };
    assert_eq!(client.authentication, AuthName::Type);
    assert_eq!(client.email, None);
    let mut properties = client.properties;
    properties.sort();
    assert_eq!(properties, [("cores".into(), "4".into()), ("id".into(), "a".into())]);
}

#[test]
fn endpoints_keep_what_is_documented() {
    let rest = r#","client":{"username":"u","password":"p"},
        "endpoint":{"location":[0.34,10],"country":"gb","shoe size":43}"#;
    let Call::AddApiKey(key) = call("client", "addapi", rest) else { panic!("another call") };
    assert_eq!(key.operations, None);
    let mut endpoint = key.endpoint;
    endpoint.sort();
    let expected = [("country".into(), "gb".into()), ("location".into(), "[0.34,10]".into())];
    assert_eq!(endpoint, expected);
}

#[test]
fn certificates_may_be_broken_into_lines() {
    let rest = format!(r#","apidata":{{"apikey":"{KEY}","certificate":"MII\nBCg==\r\n"}}"#);
    let Call::EnrolDomain(enrol) = call("apikey", "enroldomain", &rest) else {
        panic!("another call")
    };
    assert_eq!(enrol.certificate, [0x30, 0x82, 0x01, 0x0a]);
}

#[test]
fn a_challenge_takes_addresses_with_or_without_network_length() {
    let rest = format!(r#","apidata":{{"apikey":"{KEY}","ipv4":null,"ipv6":"fe80::1/64"}}"#);
    let Call::DomainChallenge(challenge) = call("apikey", "getdomainchallenge", &rest) else {
        panic!("another call")
    };
    assert_eq!(challenge.addresses.ipv4, None);
    assert_eq!(challenge.addresses.ipv6, Some("fe80::1".parse().expect("an address")));
    assert!(!challenge.private);
}

fn signed(apidata: Option<&str>, payload: &str) -> String {
    use base64::Engine;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let beside = apidata.map_or(String::new(), |text| format!(r#","apidata":{text}"#));
    let (payload, value) = (encode(payload), encode("signature"));
    format!(r#"{beside},"signature":{{"payload":"{payload}","value":"{value}"}}"#)
}

#[test]
fn what_is_signed_is_what_counts() {
    let data = format!(
        r#"{{"apikey":"{KEY}","authentication":"signature","response":"r",
            "dnsdata":[{{"type":"CNAME","name":"vpn","domain":"d.example"}}]}}"#
    );
    let reordered = format!(
        r#"{{"response":"r","dnsdata":[{{"name":"vpn","domain":"d.example","type":"CNAME"}}],
            "authentication":"signature","apikey":"{KEY}"}}"#
    );
    for beside in [None, Some(&*data), Some(&*reordered)] {
        let Call::UpdateDomain(update) = call("apikey", "updatedomain", &signed(beside, &data))
        else {
            panic!("another call")
        };
        assert_eq!(update.authentication, DomainProof::Signature);
        assert_eq!(update.records[0].kind, DnsKind::Cname);
        let text = update.signature.expect("signed");
        assert_eq!(text.signature, b"signature");
        assert!(text.text.expose().starts_with("ey"), "the base64 text itself is what is signed");
        assert_eq!(text.content.expose(), data.as_bytes());
    }
    let other = data.replace("\"r\"", "\"s\"");
    let refused = read("apikey", &body("updatedomain", &signed(Some(&other), &data)));
    assert!(refused.err().expect("they differ").public.contains("signature.payload"));
}

#[test]
fn the_challenge_is_part_of_what_is_signed() {
    let data =
        |response: &str| format!(r#"{{"apikey":"{KEY}",{response}"authentication":"signature"}}"#);
    let (with, without) = (data(r#""response":"r","#), data(""));
    for empty in [without.clone(), data(r#""response":"","#), data(r#""response":null,"#)] {
        for beside in [None, Some(&*empty), Some(&*with)] {
            let refused = read("apikey", &body("updatedomain", &signed(beside, &empty)));
            assert!(refused.is_err(), "{beside:?} {empty}");
        }
    }
    let twice = data(r#""response":"r","response":"s","#);
    for beside in [None, Some(&*with)] {
        assert!(read("apikey", &body("updatedomain", &signed(beside, &twice))).is_err());
    }
    assert!(read("apikey", &body("updatedomain", &signed(Some(&without), &with))).is_err());
}

#[test]
fn logs_of_any_form_are_kept_as_people_read_them() {
    for (log, expected) in [(r#""a\nb""#, "a\nb"), (r#"[{"e":1}]"#, r#"[{"e":1}]"#)] {
        let Call::SendLog(sent) = call("apikey", "sendlog", &format!(r#","log":{log}"#)) else {
            panic!("another call")
        };
        assert_eq!(sent.log, expected);
        assert!(sent.caller.is_none() && sent.preimage.is_none());
    }
}

#[test]
fn approvals_carry_the_header_token_and_the_policy_as_it_travelled() {
    let rest = format!(
        r#","request":{{"apikey":"{KEY}","objecttype":4,"objectpolicy":{{"b": 1, "a":2}}}}"#
    );
    let Call::ApproveType(approval) = call("business", "authorizecreate", &rest) else {
        panic!("another call")
    };
    assert_eq!(approval.policy, r#"{"b": 1, "a":2}"#);
    assert_eq!(approval.token.expect("the header").expose(), "public");
}
