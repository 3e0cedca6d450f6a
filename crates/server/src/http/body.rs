use crate::limits::Limits;
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};
use pleiad_wire::{Kind, Problem};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// The body of an answer: bytes at once, or pieces as they come.
pub(crate) enum Body {
    Whole(Option<Bytes>),
    Pieces(mpsc::Receiver<Bytes>),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take()),
            Self::Pieces(pieces) => pieces.poll_recv(cx),
        };
        piece.map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Pieces(_) => SizeHint::default(),
        }
    }
}

/// Returns how many bytes a body says it has, and refuses more than are taken before one of them is read.
///
/// # Errors
/// `TooLarge`, which names the limit.
pub(crate) fn check_size(body: &Incoming, limits: &Limits) -> Result<(), Problem> {
    match body.size_hint().exact().filter(|&size| size > limits.max_body_bytes) {
        None => Ok(()),
        Some(size) => Err(too_large(&format!("a body of {size} bytes"), limits)),
    }
}

fn too_large(what: &str, limits: &Limits) -> Problem {
    let limit = limits.max_body_bytes;
    let way_out = "send less at once, or documents as application/x-ndjson, which has no limit";
    Problem::new(Kind::TooLarge, format!("{what} is above the limit of {limit} (--max-body): {way_out}"))
}

/// All bytes of a body.
///
/// # Errors
/// `TooLarge` once it is above its limit, `Timeout` when it does not arrive in time, `InvalidArgument` when the connection
/// breaks.
pub(crate) async fn whole(mut body: Incoming, limits: &Limits) -> Result<Vec<u8>, Problem> {
    check_size(&body, limits)?;
    let until = Instant::now() + limits.body_time;
    let mut all = Vec::new();
    loop {
        let piece = timeout_at(until, next_piece(&mut body)).await;
        match piece.map_err(|_| too_slow("the body", limits.body_time))?? {
            None => return Ok(all),
            Some(piece) if (all.len() + piece.len()) as u64 > limits.max_body_bytes => {
                return Err(too_large("the body", limits));
            }
            Some(piece) => all.extend_from_slice(&piece),
        }
    }
}

/// The next bytes of a body; nothing at its end.
///
/// # Errors
/// `Timeout` when they do not come in time, `InvalidArgument` when the connection breaks.
pub(crate) async fn next_in_time(body: &mut Incoming, patience: Duration) -> Result<Option<Bytes>, Problem> {
    timeout(patience, next_piece(body)).await.map_err(|_| too_slow("the next line", patience))?
}

fn too_slow(what: &str, patience: Duration) -> Problem {
    Problem::new(Kind::Timeout, format!("{what} did not arrive within {} s", patience.as_secs()))
}

async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        match frame.map(|frame| frame.map(Frame::into_data)) {
            None => return Ok(None),
            Some(Ok(Ok(bytes))) => return Ok(Some(bytes)),
            // Trailers mean nothing here.
            Some(Ok(Err(_))) => {}
            Some(Err(error)) => {
                return Err(Problem::new(Kind::InvalidArgument, format!("the body cannot be read: {error}")));
            }
        }
    }
}
