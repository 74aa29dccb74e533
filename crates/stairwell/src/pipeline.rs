//! Requests that go out together.

use std::pin::{Pin, pin};
use std::task::Poll;

/// Sends two requests without waiting in between.
pub(crate) async fn both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut a, mut b) = (None, None);
    std::future::poll_fn(|context| {
        // The order of the first polls is the order in which they are sent.
        if a.is_none()
            && let Poll::Ready(output) = Pin::new(&mut first).poll(context)
        {
            a = Some(output);
        }
        if b.is_none()
            && let Poll::Ready(output) = Pin::new(&mut second).poll(context)
        {
            b = Some(output);
        }
        match (a.take(), b.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (a, b) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}
