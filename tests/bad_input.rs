//! What no client should send, over real sockets: each gets its own answer or a closed connection,
//! and everyone else goes on.

mod http;
mod lines;
mod tenants;

use serde_json::json;

use crate::harness::{Connection, Gateway, Object, status};

/// Someone who did nothing wrong.
struct Neighbour(Vec<Connection>);

impl Neighbour {
    /// Connected before anything bad comes, on every core.
    fn of(gateway: &Gateway) -> Self {
        Self((0..8).map(|_| Connection::open(gateway.address("process/http"))).collect())
    }

    /// Is served as ever.
    fn is_served(&mut self) {
        let object = Object::demo_a(0xee01);
        let body = json!({ "data": object.seal([1; 8], &[2; 16]) }).to_string();
        for connection in &mut self.0 {
            assert_eq!(status(&connection.post(&object.path([1; 8]), &body)), "9000");
        }
    }
}

/// The body of a request that is right.
fn sound_body() -> String {
    json!({ "data": Object::demo_a(0xee01).seal([1; 8], &[2; 16]) }).to_string()
}

/// Where it goes.
fn sound_path() -> String {
    Object::demo_a(0xee01).path([1; 8])
}
