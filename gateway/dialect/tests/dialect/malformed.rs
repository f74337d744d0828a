//! Requests that cannot be understood, and the exact status of each.

use crate::message;

const PROCESS: &str = "/1.0/TEST_API000000ee01/ProcessData/00112233445566aa";
const TEMPLATE: &str = "/1.0/TEST_API0000000000/GetUserObjectTemplate/00112233445566aa";
const CREATE: &str = "/1.0/TEST_API0000000000/CreateUserObject/00112233445566aa";

/// Request targets of a GET, where nothing but the URL can be wrong.
const URLS: [(&str, &str); 26] = [
    ("/", "8038"),
    ("//", "8038"),
    ("/1.0", "8001"),
    ("/1.0/", "8001"),
    ("/1.0/TEST_API000000ee01", "8001"),
    ("/2.0/TEST_API000000ee01/ProcessData/00/00", "8038"),
    ("/1.1/TEST_API000000ee01/ProcessData/00/00", "8038"),
    ("/v1/TEST_API000000ee01/ProcessData/00/00", "8038"),
    ("/1.0/TEST_API000000ee01/Unknown/00", "8001"),
    ("/1.0/TEST_API000000ee01/processdata/00", "8001"),
    ("/1.0/TEST_API000000ee01/ProcessData%20/00", "8001"),
    ("/1.0/TEST_API000000ee01/%FF%FE/00", "8001"),
    ("/1.0/TEST_API000000ee01/ProcessData", "803a"),
    ("/1.0/TEST_API000000ee01/ProcessData/", "803a"),
    ("/1.0/TEST_API000000ee01/ProcessData//0000", "803a"),
    ("/1.0//ProcessData/00/00", "8068"),
    ("/1.0/TEST_API/ProcessData/00/00", "8068"),
    ("/1.0/000000ee01/ProcessData/00/00", "8068"),
    ("/1.0/TEST_API01000000ee/ProcessData/00/00", "8068"),
    ("/1.0/TEST%2FAPI000000ee01/ProcessData/00/00", "8068"),
    ("/1.0/TEST_API000000ee0g/ProcessData/00/00", "8068"),
    ("/1.0/%FF000000ee01/ProcessData/00/00", "8068"),
    ("/1.0/TEST_API000000ee01/ProcessData/00", "8039"),
    ("/1.0/TEST_API000000ee01/ProcessData/00/{}", "8039"),
    ("/1.0/TEST_API0000000000/GetUserObjectTemplate/00", "8036"),
    ("/1.0/TEST_API0000000000/CreateUserObject/00/%7B%7D", "8036"),
];

/// Bodies of a POST to a good URL.
const BODIES: [(&str, &str, &str); 45] = [
    (PROCESS, "", "8039"),
    (PROCESS, " ", "8037"),
    (PROCESS, "{", "8037"),
    (PROCESS, "}", "8037"),
    (PROCESS, "data=0000", "8037"),
    (PROCESS, r#"{"data":"00"#, "8037"),
    (PROCESS, r#"{"data":"00"}}"#, "8037"),
    (PROCESS, r#"{"data":"\x00"}"#, "8037"),
    (PROCESS, "{}", "8039"),
    (PROCESS, "[]", "8039"),
    (PROCESS, r#"["0000"]"#, "8039"),
    (PROCESS, "5", "8039"),
    (PROCESS, r#""0000""#, "8039"),
    (PROCESS, r#"{"data":null}"#, "8039"),
    (PROCESS, r#"{"data":5}"#, "8039"),
    (PROCESS, r#"{"data":{}}"#, "8039"),
    (PROCESS, r#"{"data":"a","data":"b"}"#, "8039"),
    (PROCESS, r#"{"data":""}"#, "8039"),
    (PROCESS, r#"{"data":"Packet0_PLAINAES_"}"#, "8039"),
    (PROCESS, r#"{"data":"000"}"#, "8039"),
    (PROCESS, r#"{"data":"0x00"}"#, "8039"),
    (PROCESS, r#"{"data":"zz"}"#, "8039"),
    (PROCESS, r#"{"data":"00 00"}"#, "8039"),
    (PROCESS, r#"{"data":"Packet0_PLAINAES_0000"}"#, "8049"),
    (PROCESS, r#"{"data":"000000112233445566778899aabbccddeeff"}"#, "8049"),
    (TEMPLATE, "", "8036"),
    (TEMPLATE, "{", "8037"),
    (TEMPLATE, "{}", "8036"),
    (TEMPLATE, r#"{"data":{}}"#, "8036"),
    (TEMPLATE, r#"{"data":[]}"#, "8036"),
    (TEMPLATE, r#"{"data":"4"}"#, "8036"),
    (TEMPLATE, r#"{"data":{"format":1,"protocol":1}}"#, "8036"),
    (TEMPLATE, r#"{"data":{"type":4}}"#, "8036"),
    (TEMPLATE, r#"{"data":{"type":"4","format":"1"}}"#, "8036"),
    (TEMPLATE, r#"{"data":{"type":"4","format":2}}"#, "8038"),
    (TEMPLATE, r#"{"data":{"type":"4","protocol":2}}"#, "8038"),
    (TEMPLATE, r#"{"data":{"type":"4","protocol":-1}}"#, "8038"),
    (TEMPLATE, r#"{"data":{"type":"4","protocol":1.5}}"#, "8038"),
    (TEMPLATE, r#"{"data":{"type":"0x4"}}"#, "8039"),
    (TEMPLATE, r#"{"data":{"type":"000000004"}}"#, "8039"),
    (TEMPLATE, r#"{"data":{"type":"0"}}"#, "8083"),
    (TEMPLATE, r#"{"data":{"type":"22"}}"#, "8083"),
    (TEMPLATE, r#"{"data":{"type":"e00004"}}"#, "8083"),
    (TEMPLATE, r#"{"data":{"type":"3"}}"#, "8004"),
    (TEMPLATE, r#"{"data":{"type":"30001e"}}"#, "8004"),
];

/// Members of a `CreateUserObject` request.
const IMPORTS: [(&str, &str); 15] = [
    (r#"{}"#, "8036"),
    (r#"{"dn":"CN=x"}"#, "8036"),
    (r#"{"objectid":"0000226a","importkey":"1"}"#, "8036"),
    (r#"{"objectid":"0000226a","object":"a10000a20000"}"#, "8036"),
    (r#"{"importkey":"1","object":"a10000a20000"}"#, "8036"),
    (r#"{"objectid":8810,"importkey":"1","object":"a10000a20000"}"#, "8036"),
    (r#"{"objectid":"226a","importkey":"1","object":"a10000a20000"}"#, "8039"),
    (r#"{"objectid":"0000226g","importkey":"1","object":"a10000a20000"}"#, "8039"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a10000a2000"}"#, "8039"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a1 0000 a20000"}"#, "8039"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a1"}"#, "804c"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a10000"}"#, "804c"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a20000a10000"}"#, "804c"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a10000a2000000"}"#, "804c"),
    (r#"{"objectid":"0000226a","importkey":"1","object":"a10000a2ffff"}"#, "804c"),
];

/// JSON lines from their first byte.
const LINES: [(&str, &str); 8] = [
    ("", "8037"),
    ("{", "8037"),
    ("[]", "8037"),
    ("5", "8037"),
    ("{}", "8038"),
    (r#"{"version":1.0}"#, "8038"),
    (r#"{"version":"1.0"}"#, "8001"),
    (r#"{"version":"1.0","function":1}"#, "8001"),
];

/// Members of a JSON line beside a good version.
const MEMBERS: [(&str, &str); 6] = [
    (r#""function":"ProcessData""#, "803a"),
    (r#""function":"ProcessData","nonce":5"#, "803a"),
    (r#""function":"ProcessData","nonce":"5""#, "8068"),
    (r#""function":"ProcessData","nonce":"5","objectid":"K000000ee01""#, "8039"),
    (r#""function":"ProcessData","nonce":"5","objectid":"K000000ee01","data":{}"#, "8039"),
    (r#""function":"CreateUserObject","nonce":"5","objectid":"K000000ee01","data":"""#, "8036"),
];

#[test]
fn urls() {
    for (target, status) in URLS {
        expect("process", &format!("GET {target} HTTP/1.1\n\n"), status);
    }
}

#[test]
fn bodies() {
    for (target, body, status) in BODIES {
        expect("process", &format!("POST {target} HTTP/1.1\n\n{body}"), status);
    }
}

#[test]
fn imports() {
    for (members, status) in IMPORTS {
        let request = format!("POST {CREATE} HTTP/1.1\n\n{{\"data\":{members}}}");
        expect("enrol", &request, status);
    }
}

#[test]
fn lines() {
    for (line, status) in LINES {
        expect("process-tcp", line, status);
    }
    for (members, status) in MEMBERS {
        expect("enrol-tcp", &format!(r#"{{"version":"1.0",{members}}}"#), status);
    }
}

#[test]
fn methods() {
    for method in ["PUT", "HEAD", "DELETE", "PATCH", "TRACE"] {
        expect("process", &format!("{method} {PROCESS} HTTP/1.1\n\n"), "8001");
    }
}

#[test]
fn sizes() {
    let nonce = "0".repeat(65);
    let url = format!("GET /1.0/TEST_API000000ee01/ProcessData/{nonce}/00 HTTP/1.1\n\n");
    expect("process", &url, "8031");
    let longest = "00".repeat(1056 + 16);
    for (more, status) in [("00", "8049"), (&"00".repeat(16), "8031")] {
        let body = format!(r#"{{"data":"0000{longest}{more}"}}"#);
        expect("process", &format!("POST {PROCESS} HTTP/1.1\n\n{body}"), status);
    }
    let object = "00".repeat(2049);
    let data = format!(r#"{{"objectid":"0000226a","importkey":"1","object":"{object}"}}"#);
    expect("enrol", &format!("POST {CREATE} HTTP/1.1\n\n{{\"data\":{data}}}"), "8031");
    let deep = "[".repeat(100_000);
    expect("process", &format!("POST {PROCESS} HTTP/1.1\n\n{{\"x\":{deep}"), "8037");
}

/// Every refusal is a whole answer: 200, JSON, a function, the status in four digits.
fn expect(listener: &str, request: &str, status: &str) {
    let listener = message::listener(listener);
    let Err(answer) = message::parse(listener, request) else { panic!("accepted: {request}") };
    let body = answer.split_once("\n\n").map_or(answer.as_str(), |(head, body)| {
        let fields = "200\naccess-control-allow-origin: *\ncontent-type: application/json";
        assert_eq!(head, fields, "{request}");
        body
    });
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["status"], status, "{request}");
    assert!(!body["function"].as_str().unwrap().is_empty(), "{request}");
    let failed_list = body["function"] == "GetImportPublicKey";
    assert_eq!(body["result"].is_array(), failed_list, "{request}");
}
