//! One core: its thread's runtime, its listeners, and how it ends.

use std::io;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use http::HeaderValue;
use quinn::Endpoint;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local, yield_now};
use tokio::time::sleep_until;

use super::accept::accept;
use super::bind::Sockets;
use super::deadline::within;
use super::link::Port;
use super::shard::{Shard, Shared, Stage};
use super::{Bound, Service, StartError, http3, limits};

/// A listener's sockets on one core.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) bound: Bound,
    pub(super) plaintext: bool,
    pub(super) sockets: Sockets,
}

/// What one core starts with.
pub(super) struct Core {
    pub(super) index: usize,
    pub(super) gates: Vec<Gate>,
    pub(super) shared: Arc<Shared>,
    pub(super) ended: Ended,
}

/// When everything must have ended, once that is known.
pub(super) type Ended = watch::Receiver<Option<Instant>>;

/// What accepts on a core.
struct Doors {
    tasks: Vec<JoinHandle<()>>,
    endpoints: Vec<Endpoint>,
    ended: Ended,
}

impl Core {
    /// Serves until the end. Says through `ready` that all listeners accept, or what went wrong.
    pub(super) fn run<S: Service>(
        self,
        make_service: impl FnOnce() -> S,
        on_park: impl Fn() + Send + Sync + 'static,
        ready: mpsc::Sender<Result<(), StartError>>,
    ) {
        let core = self.index;
        let failed = |source| StartError::Core { core, source };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .on_thread_park(on_park)
            .build_local(LocalOptions::default());
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(source) => return drop(ready.send(Err(failed(source)))),
        };
        runtime.block_on(async {
            let shard = Shard::new(self.shared, core);
            let service = make_service();
            let opened = Doors::open(&shard, &service, self.gates, self.ended);
            let (result, doors) = match opened {
                Ok(doors) => (Ok(()), Some(doors)),
                Err(source) => (Err(failed(source)), None),
            };
            // Fails only if starting was given up; then the end comes at once.
            let _ = ready.send(result);
            drop(ready);
            if let Some(doors) = doors {
                doors.serve(&shard).await;
            }
        });
    }
}

impl Doors {
    fn open<S: Service>(
        shard: &Rc<Shard>,
        service: &S,
        gates: Vec<Gate>,
        ended: Ended,
    ) -> io::Result<Self> {
        let mut doors = Self { tasks: Vec::new(), endpoints: Vec::new(), ended };
        for gate in gates {
            let port = Port {
                shard: shard.clone(),
                service: service.clone(),
                role: gate.bound.role,
                plaintext: gate.plaintext,
                alt_svc: alt_svc(&gate.bound),
            };
            if let (Some(udp), Some(settings)) = (gate.sockets.udp, &shard.shared.quic) {
                let endpoint = settings.endpoint(udp)?;
                doors.endpoints.push(endpoint.clone());
                doors.watch(http3::accept(port.clone(), endpoint, doors.ended.clone()));
            }
            let tls = shard.shared.tls.clone().filter(|_| gate.bound.tls);
            let listener = TcpListener::from_std(gate.sockets.tcp)?;
            doors.watch(accept(port, gate.bound.kind, listener, tls, doors.ended.clone()));
        }
        Ok(doors)
    }

    fn watch(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(spawn_local(task));
    }

    /// Waits for the end to begin, and completes when it is over.
    async fn serve(mut self, shard: &Shard) {
        let deadline = begun(&mut self.ended).await;
        self.close().await;
        shard.advance(Stage::Draining);
        let grace = deadline
            .map_or(Default::default(), |end| end.saturating_duration_since(Instant::now()));
        within(grace.min(shard.limits().linger_time), shard.empty()).await;
        // A core that was held up hears here of what came meanwhile, before it closes anything.
        yield_now().await;
        shard.advance(Stage::Closing);
        tokio::select! {
            () = shard.empty() => {}
            () = past(&mut self.ended) => {}
        }
        for endpoint in &self.endpoints {
            endpoint.close(http3::NO_ERROR, b"");
            within(limits::QUIC_CLOSE_TIME, endpoint.wait_idle()).await;
        }
    }

    /// Accepts no more connections than are there.
    async fn close(&mut self) {
        for task in &mut self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "accept");
            }
        }
        for endpoint in &self.endpoints {
            endpoint.set_server_config(None);
        }
    }
}

/// Completes when the end has begun, with when it will be over. None if whoever could say so is
/// gone.
pub(super) async fn begun(ended: &mut Ended) -> Option<Instant> {
    ended.wait_for(Option::is_some).await.map_or(None, |end| *end)
}

/// Completes at the end, which may be moved forward meanwhile. It is at once if whoever could say
/// when is gone.
async fn past(ended: &mut Ended) {
    loop {
        let Some(deadline) = *ended.borrow_and_update() else { return };
        tokio::select! {
            () = sleep_until(deadline.into()) => return,
            changed = ended.changed() => if changed.is_err() { return },
        }
    }
}

fn alt_svc(bound: &Bound) -> Option<HeaderValue> {
    let value = format!("h3=\":{}\"; ma={}", bound.address.port(), limits::ALT_SVC_SECONDS);
    bound.quic.then(|| HeaderValue::try_from(value).ok()).flatten()
}
