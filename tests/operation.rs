//! What an operator does: start, stop, configure, look after keys, clients, records and the log.

mod lifecycle;
mod operator;
mod payments;
mod production;
mod records;

use serde_json::{Value, json};

use crate::harness::{Connection, Gateway, Object, status};

/// The status of one block sent to an AES object.
fn block(connection: &mut Connection, object: &Object) -> String {
    let body = json!({ "data": object.seal([1; 8], &[2; 16]) }).to_string();
    status(&connection.post(&object.path([1; 8]), &body)).to_owned()
}

/// Rows of a command that prints one JSON object a line.
fn rows(gateway: &Gateway, args: &[&str]) -> Vec<Value> {
    let text = gateway.typex(args).succeeds();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The id of the row whose member has that value.
fn id(rows: &[Value], member: &str, value: &str) -> String {
    let row = rows.iter().find(|row| row[member] == value);
    let row = row.unwrap_or_else(|| panic!("no {member} {value} in {rows:?}"));
    row["id"].as_str().expect("text").to_owned()
}

/// Connections enough that every core has some.
fn connections(gateway: &Gateway) -> Vec<Connection> {
    (0..16).map(|_| Connection::open(gateway.address("process/http"))).collect()
}
