//! A connection, until it asks for anything but plain requests.
//!
//! Owns the hot path: read, recognise, ask, write; a few buffers per connection and no allocation for a question. Must
//! never interpret a request it does not fully understand: such a connection goes to `general` with every byte that was
//! not answered.

mod passage;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use httparse::Header;
use mp_market::protocol::{internal_server_error, malformed_request};
use mp_market::trace_parent::{TRACEPARENT, TRACEPARENT_LENGTH, TraceId, TraceIds};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::select;

use self::passage::{Passage, Ruling, Trace};
use crate::answer::Answer;
use crate::connections::{Leash, Phase, Stop};
use crate::credential;
use crate::door::Conversation;
use crate::edge::{Edge, Origin};
use crate::forward_auth::{self, Asked};
use crate::head::{Head, Plain, PlainDoor, UNSUPPORTED_VERSION, read_head};
use crate::header_lines::HeaderLines;
use crate::linger::linger;
use crate::plain::{Circumstances, write_answer};
use crate::question::Question;
use crate::rewound::Transport;
use crate::routes::client_address;
use crate::token_info::token_info;

/// How much is read at once. Ordinary requests are a tenth of this.
const READ_BYTES: usize = 4096;

/// Speaks with one caller until either side ends it.
pub(crate) async fn converse(stream: impl Transport, conversation: Conversation) {
    let Conversation { edge, routes, origin, leash, trace_ids } = conversation;
    let printer = Printer { edge, trace_ids, outgoing: Vec::new(), body: Vec::new(), request: Vec::new() };
    let (incoming, door) = (Vec::with_capacity(READ_BYTES), routes.plain_door());
    let mut front = Front { stream, origin, leash, incoming, is_first: true, door, printer };
    // An error here is a connection that broke: there is nobody left to tell.
    let Ok(end) = front.run().await else { return };
    let Front { mut stream, leash, incoming, printer: Printer { edge, trace_ids, .. }, .. } = front;
    let conversation = Conversation { edge, routes, origin, leash, trace_ids };
    match end {
        End::Closed => {}
        End::Refused => linger(&mut stream).await,
        // On the heap, so that a connection which never needs it does not carry the room for it.
        End::Other => Box::pin(conversation.hold(stream, incoming)).await,
        End::Http2 => Box::pin(conversation.hold_http2(stream, incoming)).await,
    }
}

/// Why the front is done with a connection.
enum End {
    /// There is nothing more to say.
    Closed,
    /// Something was refused that may not have been read to its end.
    Refused,
    /// What comes next is for the router.
    Other,
    /// So is everything, in another version.
    Http2,
}

struct Front<S> {
    stream: S,
    origin: Origin,
    leash: Leash,
    /// What was read and not yet answered.
    incoming: Vec<u8>,
    /// Whether nothing was answered yet.
    is_first: bool,
    /// The door that plain requests have beside token-info.
    door: Option<PlainDoor>,
    printer: Printer,
}

impl<S: Transport> Front<S> {
    async fn run(&mut self) -> io::Result<End> {
        loop {
            if !self.read().await? {
                return Ok(End::Closed);
            }
            if let Some(end) = self.answer().await? {
                return Ok(end);
            }
        }
    }

    /// Answers what came, and what comes while an upstream is waited for.
    async fn answer(&mut self) -> io::Result<Option<End>> {
        loop {
            let pause = self.answer_what_came();
            self.flush().await?;
            match pause {
                Pause::Unread => return Ok(None),
                Pause::End(end) => return Ok(Some(end)),
                // On the heap for the same reason.
                Pause::Passage(passage) => {
                    if let Some(end) = Box::pin(self.pass(*passage)).await? {
                        return Ok(Some(end));
                    }
                    self.leash.pulse.begin(Phase::Idle);
                }
            }
        }
    }

    /// Waits for bytes; `false` if the connection ends here.
    async fn read(&mut self) -> io::Result<bool> {
        self.incoming.shrink_to(READ_BYTES);
        self.incoming.reserve(READ_BYTES / 4);
        self.printer.shrink();
        loop {
            let is_between_requests = self.incoming.is_empty();
            if self.leash.told().is_some_and(|stop| stop == Stop::Expired || is_between_requests) {
                return Ok(false);
            }
            select! {
                biased;
                read = self.stream.read_buf(&mut self.incoming) => return Ok(read? > 0),
                _ = self.leash.pulled() => {}
            }
        }
    }

    /// Answers every whole request in the buffer into the outgoing one, up to the first that goes on to an upstream.
    fn answer_what_came(&mut self) -> Pause {
        let mut answered = 0;
        let pause = loop {
            if answered == self.incoming.len() {
                break Pause::Unread;
            }
            let is_last = self.leash.ends();
            let (printer, origin) = (&mut self.printer, self.origin);
            let head = read_head(&self.incoming[answered..], self.door, |plain| {
                printer.answer(plain, origin, is_last)
            });
            let problem = match head {
                Head::Plain(length, Made::Answer { closes }) => {
                    answered += length;
                    if closes {
                        break Pause::End(End::Refused);
                    }
                    continue;
                }
                Head::Plain(length, Made::Passage(passage)) => {
                    answered += length;
                    break Pause::Passage(passage);
                }
                Head::Plain(_, Made::Nothing) | Head::Other => break Pause::End(End::Other),
                Head::Partial => break Pause::Unread,
                Head::Http2 if self.is_first && answered == 0 => break Pause::End(End::Http2),
                Head::Http2 => UNSUPPORTED_VERSION,
                Head::Malformed(problem) => problem,
            };
            self.printer.print(Answer::error(&malformed_request(problem)), None, true);
            break Pause::End(End::Refused);
        };
        self.is_first &= answered == 0;
        self.incoming.drain(..answered);
        if self.incoming.is_empty() {
            self.leash.pulse.begin(Phase::Idle);
        } else if answered > 0 {
            self.leash.pulse.begin(Phase::Head);
        } else {
            self.leash.pulse.bytes_came();
        }
        pause
    }

    /// Sends what was printed. A caller who does not read it is subject to the same patience as an idle one.
    async fn flush(&mut self) -> io::Result<()> {
        if self.printer.outgoing.is_empty() {
            return Ok(());
        }
        select! {
            biased;
            written = send(&mut self.stream, &self.printer.outgoing) => written?,
            () = self.leash.expired() => return Err(io::ErrorKind::TimedOut.into()),
        }
        self.printer.outgoing.clear();
        Ok(())
    }
}

/// Writes bytes so that they arrive: TLS takes more than the socket has room for, and keeps it until it is flushed.
async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Why nothing more is answered for now.
enum Pause {
    /// What came is answered, save the beginning of a request.
    Unread,
    /// A request goes on to the upstream.
    Passage(Box<Passage>),
    /// The front is done.
    End(End),
}

/// What was made of a plain request.
enum Made {
    /// An answer, printed. Perhaps the connection has to end with it.
    Answer { closes: bool },
    /// A request for the upstream.
    Passage(Box<Passage>),
    /// Nothing: it is for the router after all.
    Nothing,
}

/// Turns questions into bytes.
struct Printer {
    edge: Arc<Edge>,
    trace_ids: TraceIds,
    outgoing: Vec<u8>,
    /// The buffer that answers are written in before their length is known.
    body: Vec<u8>,
    /// The buffer that requests to the upstream are printed in.
    request: Vec<u8>,
}

impl Printer {
    /// Makes an answer of a request, if it is not passed on.
    fn answer(&mut self, plain: &Plain<'_, '_>, origin: Origin, is_last: bool) -> Made {
        let Plain { verb, path, query, headers, .. } = *plain;
        match plain.door {
            PlainDoor::TokenInfo => self.tell(headers, is_last, |edge, trace, body| {
                let from = client_address(edge, origin, headers);
                let question = Question { verb, path, query, headers, from, trace };
                token_info(edge, edge.enforcer.catalog().token_info(), &question, body)
            }),
            PlainDoor::ForwardAuth => self.tell(headers, is_last, |edge, trace, _| {
                forward_auth::answer(edge, origin, &Asked { verb, path, query, headers, trace })
            }),
            PlainDoor::Gate => self.judge(plain, origin, is_last),
        }
    }

    /// Prints the answer that is known at once; `answer` may write its body into a buffer that was used before.
    fn tell(
        &mut self,
        headers: &[Header<'_>],
        is_last: bool,
        answer: impl FnOnce(&Edge, Option<TraceId>, Vec<u8>) -> Answer,
    ) -> Made {
        let (edge, body) = (&*self.edge, std::mem::take(&mut self.body));
        // Before the decision: a refusal is found by it.
        let trace = Some(self.trace_ids.trace(credential::trace(headers.lines(TRACEPARENT.as_str()))));
        let answered = catch_unwind(AssertUnwindSafe(|| answer(edge, trace, body)));
        let closes = is_last || answered.is_err();
        let answer = answered.unwrap_or_else(|_| Answer::error(&internal_server_error()));
        self.print(answer, trace, closes);
        Made::Answer { closes }
    }

    /// Judges a request to the seller API.
    fn judge(&mut self, plain: &Plain<'_, '_>, origin: Origin, is_last: bool) -> Made {
        let trace = self.begin_trace(plain.headers);
        let (id, buffer) = (trace.id, std::mem::take(&mut self.request));
        let judged = || passage::judge(&self.edge, origin, plain, trace, buffer);
        let (answer, closes) = match catch_unwind(AssertUnwindSafe(judged)) {
            Ok(Ruling::Passes(passage)) => return Made::Passage(passage),
            Ok(Ruling::Other) => return Made::Nothing,
            Ok(Ruling::Refused(answer)) => (answer, is_last),
            Err(_) => (Answer::error(&internal_server_error()), true),
        };
        self.print(answer, Some(id), closes);
        Made::Answer { closes }
    }

    fn begin_trace(&mut self, headers: &[Header<'_>]) -> Trace {
        let callers = credential::trace(headers.lines(TRACEPARENT.as_str()));
        let id = self.trace_ids.trace(callers);
        let mut traceparent = Vec::with_capacity(TRACEPARENT_LENGTH);
        self.trace_ids.write(&mut traceparent, Some(id));
        Trace { id, is_callers: callers.is_some(), traceparent }
    }

    /// Gives memory back that the next request may not need.
    fn shrink(&mut self) {
        for buffer in [&mut self.outgoing, &mut self.request] {
            buffer.shrink_to(READ_BYTES);
        }
    }

    fn print(&mut self, answer: Answer, trace: Option<TraceId>, closes: bool) {
        let mut circumstances =
            Circumstances { now: self.edge.now(), trace_ids: &mut self.trace_ids, trace, closes };
        write_answer(&mut self.outgoing, &answer, &mut circumstances);
        self.body = answer.body;
        self.body.clear();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{BufWriter, duplex};

    use super::*;

    #[tokio::test]
    async fn what_is_sent_does_not_wait_for_more() {
        let (near, mut far) = duplex(64);
        let mut near = BufWriter::new(near);
        send(&mut near, b"the tail of an answer").await.unwrap();
        let mut came = [0; 21];
        far.read_exact(&mut came).await.unwrap();
        assert_eq!(&came, b"the tail of an answer");
    }
}
