//! `typex/1`: batches on streams of QUIC, by the crate that clients use.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Mutex;
use typex_client::{Client, ClientError, Options, Stream};

use super::{Answer, Exchange, Fault, Route, broken, refused};
use crate::load::operation::{Batch, Holder, Name, Request};

/// A connection, made again when it has ended.
struct Line {
    route: Rc<Route>,
    pipeline: usize,
    current: Mutex<Rc<Client>>,
}

/// A stream of it, begun again when it has ended.
struct Lane {
    line: Rc<Line>,
    current: Mutex<Rc<Open>>,
}

/// A stream and its handles, by who asks and the key.
struct Open {
    stream: Stream,
    handles: Mutex<BTreeMap<(Holder, Name), u32>>,
}

/// Room for one batch at a time on a stream.
pub(crate) struct Slot {
    lane: Rc<Lane>,
    mine: Rc<Open>,
}

impl Slot {
    /// As many slots as there are streams, times `pipeline`.
    pub(super) async fn open(
        route: &Rc<Route>,
        (streams, pipeline): (usize, usize),
    ) -> Result<Vec<Self>, Fault> {
        let current = Mutex::new(Rc::new(connect(route, pipeline).await?));
        let line = Rc::new(Line { route: Rc::clone(route), pipeline, current });
        let mut slots = Vec::with_capacity(streams * pipeline);
        for _ in 0..streams {
            let mine = Rc::new(line.begin().await?);
            let current = Mutex::new(Rc::clone(&mine));
            let lane = Rc::new(Lane { line: Rc::clone(&line), current });
            let slot = || Self { lane: Rc::clone(&lane), mine: Rc::clone(&mine) };
            slots.extend((0..pipeline).map(|_| slot()));
        }
        Ok(slots)
    }

    pub(super) async fn exchange(&mut self, exchange: &Exchange) -> Result<Answer, Fault> {
        let Request::Batch(batch) = &exchange.request else {
            return Err(Fault::Form("HTTP on a stream of frames"));
        };
        if self.mine.stream.is_ended() {
            self.mine = self.lane.renewed().await?;
        }
        self.mine.send(batch).await
    }
}

impl Line {
    /// A stream, on a new connection if this one has ended.
    async fn begin(&self) -> Result<Open, Fault> {
        let mut current = self.current.lock().await;
        if current.is_ended() {
            *current = Rc::new(connect(&self.route, self.pipeline).await?);
        }
        let client = Rc::clone(&current);
        drop(current);
        let stream = client.stream().await.map_err(refused)?;
        Ok(Open { stream, handles: Mutex::default() })
    }
}

impl Lane {
    /// The stream that another slot has begun, or a new one.
    async fn renewed(&self) -> Result<Rc<Open>, Fault> {
        let mut current = self.current.lock().await;
        if current.stream.is_ended() {
            *current = Rc::new(self.line.begin().await?);
        }
        Ok(Rc::clone(&current))
    }
}

impl Open {
    async fn send(&self, batch: &Batch) -> Result<Answer, Fault> {
        let handle = self.handle(batch).await.map_err(fault)?;
        let records: Vec<_> = batch.records(handle).collect();
        match self.stream.batch(&records, None).await {
            Ok(outcomes) => Ok(Answer::Outcomes(outcomes)),
            Err(ClientError::Overload { status, .. }) => Ok(Answer::Refused(status.name())),
            Err(error) => Err(fault(error)),
        }
    }

    async fn handle(&self, batch: &Batch) -> Result<u32, ClientError> {
        let mut handles = self.handles.lock().await;
        let is_it = |(holder, key): &(Holder, Name)| *key == batch.key && *holder == batch.holder;
        if let Some((_, handle)) = handles.iter().find(|(key, _)| is_it(key)) {
            return Ok(*handle);
        }
        let handle = self.stream.open_with(batch.holder.credential(), batch.key.key()).await?;
        handles.insert((batch.holder.clone(), batch.key), handle);
        Ok(handle)
    }
}

async fn connect(route: &Route, pipeline: usize) -> Result<Client, Fault> {
    let mut options = Options::new(route.address, &route.name, (*route.trust.0).clone());
    options.patience = route.patience;
    options.in_flight = pipeline;
    Client::connect(&options).await.map_err(refused)
}

fn fault(error: ClientError) -> Fault {
    match error {
        ClientError::Late => Fault::Timeout,
        ClientError::Refused(status) | ClientError::Bye { status, .. } => {
            Fault::Status(status.name().to_owned())
        }
        ClientError::Wire(_) | ClientError::Unexpected => Fault::Form("not the frames that answer"),
        error => broken(error),
    }
}
