//! Drives a connection over TCP until it is done, its time is over, or the server ends.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::Service;
use super::link::Link;
use super::observer::{Counters, count};
use super::shard::Stage;
use super::watch::{Alarm, Expiry};

/// A connection of HTTP/1 or HTTP/2.
pub(super) trait Conversation {
    /// Ready when the connection has ended, well or not.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;

    /// Tells the client and the protocol that the server has come to `stage` of its end.
    fn advance(self: Pin<&mut Self>, stage: Stage);
}

/// Completes when `conversation` has ended or its time is over, and tells which time.
pub(super) async fn supervise<S: Service, C: Conversation>(
    link: &Link<S>,
    mut conversation: Pin<&mut C>,
) -> Option<Expiry> {
    let mut alarm = Alarm::new();
    let (mut stage, mut seen) = (Stage::Serving, Stage::Serving);
    let mut past = pin!(link.member.past(stage));
    poll_fn(|cx| {
        while let Poll::Ready(reached) = past.as_mut().poll(cx) {
            stage = reached;
            past.set(link.member.past(stage));
        }
        if conversation.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        // Only now, so that what came before is read and gets an answer, if only a refusal. Whoever
        // has begun to speak may finish: heads have a time of their own.
        if stage > seen && !link.watch.hears() {
            seen = stage;
            conversation.as_mut().advance(stage);
            if conversation.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
        }
        let expired = alarm.poll(cx, &link.watch, link.limits());
        expired.map(|expiry| {
            note(link.counters(), expiry);
            Some(expiry)
        })
    })
    .await
}

/// Counts a connection whose time is over.
pub(super) fn note(counters: &Counters, expiry: Expiry) {
    match expiry {
        Expiry::Idle => count(&counters.idle_closed),
        Expiry::Head => count(&counters.slow_heads),
        Expiry::Stalled => count(&counters.stalled),
        Expiry::Rest => count(&counters.rested),
        Expiry::Discarded => {}
    }
}
