//! Components are forgotten in time, whatever the disk does.

use std::sync::mpsc::channel;
use std::time::Instant;

use super::*;

#[test]
fn a_store_that_stalls_keeps_no_components() {
    let world = world();
    let ceremony = world.begin("AES_128", 2).expect("begun");
    let begun = Instant::now();
    world.add(&ceremony, COMPONENTS[0].0, COMPONENTS[0].1).expect("a component");
    let (go, goes) = channel();
    let stalled = world.store.write(move |_| {
        goes.recv().expect("the test");
        Ok(())
    });
    let (store, ceremonies) = (&world.store, &world.ceremonies);
    let late = || {
        let desk = Desk::alone(store, Payments::default().rules());
        let (ceremony, custodian) = (ceremony.clone(), COMPONENTS[1].0.to_owned());
        let component = Component::from(COMPONENTS[1].1.to_owned());
        let add = ComponentRequest::Add { ceremony, custodian, component };
        perform_at(&desk, ceremonies, begun + COMPONENTS_OPEN, add).is_ok()
    };
    let is_empty = || ceremonies.open.try_lock().is_ok_and(|open| open.is_empty());
    std::thread::scope(|scope| {
        let adds = scope.spawn(late);
        while !is_empty() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        let is_forgotten = is_empty();
        go.send(()).expect("it waits");
        assert!(is_forgotten, "they wait for the store");
        assert!(!adds.join().expect("no panic"), "it came too late");
    });
    stalled.wait().expect("a healthy store");
    world.ends_with(&[Operator::ComponentAdd, Operator::ComponentsAbort], &[]);
}
