//! Clients that name what belongs to others.

use serde_json::{Value, json};

use crate::harness::{Connection, Gateway, Object, Random, Template, create_aes, status};

/// An API key of a new client.
fn client(gateway: &Gateway, name: &str) -> &'static str {
    let text = gateway.typex(&["client", "add", name]).succeeds();
    let behind = text.split("api key   ").nth(1).expect("an API key");
    behind.split(' ').next().expect("a word").to_owned().leak()
}

fn ask(connection: &mut Connection, object: &Object) -> Value {
    let body = json!({ "data": object.seal([1; 8], &[2; 16]) }).to_string();
    connection.post(&object.path([1; 8]), &body)
}

/// An object of another client answers as one that does not exist, to the byte.
#[test]
fn objects_of_others_do_not_exist() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("tenants");
    let [first, second] = ["first", "second"].map(|name| client(&gateway, name));
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut process = Connection::open(gateway.address("process/http"));
    let object = create_aes(&mut enrol, first, &mut random, &[7; 16]).expect("running");
    assert_eq!(status(&ask(&mut process, &object)), "9000");
    let stolen = Object { api_key: second, ..object.clone() };
    let imagined = Object { id: object.id ^ 0x5555, ..stolen.clone() };
    let answer = ask(&mut process, &stolen);
    assert_eq!(status(&answer), "8034");
    assert_eq!(answer, ask(&mut process, &imagined));
    let mut wrong_mac = stolen;
    wrong_mac.mac[0] ^= 1;
    assert_eq!(answer, ask(&mut process, &wrong_mac), "the MAC is looked at");
    for api_key in [first, second] {
        let demo = Object { api_key, ..Object::demo_a(0xee01) };
        assert_eq!(ask(&mut process, &demo), answer);
    }
    assert_eq!(status(&ask(&mut process, &object)), "9000");
}

/// Numbers of objects are per client: the same one may mean two keys.
#[test]
fn templates_of_others_do_not_exist() {
    let gateway = Gateway::start(&[]);
    let mut random = Random::seeded("tenants");
    let [first, second] = ["first", "second"].map(|name| client(&gateway, name));
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut template = Template::open(&mut enrol, first, "300004").expect("running");
    template.fill(&random.bytes(), &random.bytes(), Some(&[7; 16]));
    let body = template.body(&template.seal(&mut random));
    let path = |api_key| format!("/1.0/{api_key}0000000001/CreateUserObject/0011223344556677");
    assert_eq!(status(&enrol.post(&path(second), &body)), "803b");
    assert_eq!(status(&enrol.post(&path("TEST_API"), &body)), "803b");
    assert_eq!(status(&enrol.post(&path(first), &body)), "9000");
    assert_eq!(status(&enrol.post(&path(second), &body)), "803b");
}

/// A client's password opens nothing of another's.
#[test]
fn accounts_of_others_stay_theirs() {
    let gateway = Gateway::start(&[]);
    let mut register = Connection::open(gateway.address("register/http"));
    let mut ask = |function: &str, client: Value, apidata: Value| {
        let body = json!({ "nonce": "00", "version": 1, "function": function,
            "environment": "dev", "client": client, "apidata": apidata });
        let path = if client.is_null() { "/api/v1/apikey" } else { "/api/v1/client" };
        register.post(path, &body.to_string())
    };
    let new = json!({ "name": "tenant", "authentication": "type", "type": "test" });
    let [first, second] =
        [0, 1].map(|_| ask("create", new.clone(), json!(null))["response"].clone());
    let login = |of: &Value, password: &Value| {
        json!({ "authentication": "password",
        "username": of["username"], "password": password["password"] })
    };
    let added = ask("addapi", login(&first, &first), json!(null));
    let api_key = added["response"]["apikey"].clone();
    let apidata = json!({ "username": first["username"], "apikey": api_key });
    assert_eq!(ask("showapi", login(&first, &first), apidata.clone())["status"], 0x9000);
    let refused = ask("showapi", login(&second, &second), apidata.clone());
    assert_eq!(refused["status"], 0x8068, "{refused}");
    assert_eq!(ask("addapi", login(&first, &second), json!(null))["status"], 0x8069);
    assert_eq!(ask("listops", json!(null), apidata)["status"], 0x9000);
    let other = json!({ "username": second["username"], "apikey": api_key });
    let refused = ask("listops", json!(null), other);
    assert_ne!(refused["status"], 0x9000, "{refused}");
    assert!(refused["response"].is_null(), "{refused}");
}
