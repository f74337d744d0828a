//! What is read, and what is refused.

use super::*;

const GOOD: &str = r#"
    about = "x"
    [[link]]
    name = "a"
    carrier = "http1"
    listener = "process"
    connections = 2
    [[operation]]
    ask = { process-data = {} }
    [[phase]]
    closed = { seconds = 1.0 }
    [[phase]]
    sweep = { seconds = 1.0, loads = [0.5] }
"#;

#[test]
fn what_is_left_out_has_a_default() {
    let scenario = Scenario::parse(GOOD).expect("a scenario");
    assert_eq!((scenario.seed, scenario.verify_every, scenario.prepared), (1, 97, 256));
    assert_eq!((scenario.links[0].streams, scenario.links[0].tls), (1, false));
    let Ask::ProcessData(ask) = &scenario.operations[0].ask else { panic!("another") };
    assert_eq!((ask.object, ask.bytes, &*ask.api_key), (0xee01, 16, "TEST_API"));
    let text = toml::to_string(&scenario).expect("TOML");
    assert_eq!(format!("{:?}", Scenario::parse(&text).expect("the same")), format!("{scenario:?}"));
}

#[test]
fn what_is_not_known_or_cannot_be_is_refused_by_name() {
    for (from, to, said) in [
        ("about", "abuot", "abuot"),
        ("connections = 2", "connections = 2\nport = 3", "port"),
        ("process-data = {}", "process-data = { size = 3 }", "size"),
        ("process-data = {}", "process-date = {}", "process-date"),
        ("closed = { seconds = 1.0 }", "closed = { seconds = 1.0, rate = 3.0 }", "rate"),
        ("closed = { seconds = 1.0 }", "open = { seconds = 1.0 }", "either rate or load"),
        ("closed = { seconds = 1.0 }", "closed = { seconds = nan }", "seconds"),
        ("connections = 2", "connections = 0", "connections"),
        ("connections = 2", "connections = 20000", "connections"),
        ("connections = 2", "connections = 2\nstreams = 2", "HTTP/1.1"),
        ("\"http1\"", "\"typex\"", "process-batch"),
        ("process-data = {}", "process-data = { bytes = 17 }", "16"),
        ("process-data = {}", "process-data = { enc = \"00\" }", "enc"),
        ("process-data = {}", "process-batch = { batch = 4097 }", "4097"),
        ("process-data = {}", "http = { path = \"x\" }", "path"),
        ("loads = [0.5]", "loads = [0.5], rates = [9.0]", "either rates or loads"),
        ("loads = [0.5]", "loads = [-0.5]", "-0.5"),
        ("[[operation]]", "[[operation]]\nlink = \"b\"", "no link b"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let error = Scenario::parse(&text).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}
