//! A plain request on its way to the upstream and back.
//!
//! Owns what the caller gets of the answer, piece by piece, and noticing that the caller left. Must decide nothing: `gate`
//! lets a request in, or does not; and must print the same headers as there, which a test over a socket compares.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::iter::once;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http::{HeaderName, StatusCode};
use mp_gateway::{Admitted, Printed, Relay, Reply};
use mp_market::passport::Passport;
use mp_market::trace_parent::{TRACEPARENT, TraceId};
use tokio::io::AsyncReadExt;

use super::{End, Front, READ_BYTES};
use crate::answer::{Answer, each_fact};
use crate::connections::Phase;
use crate::edge::{Edge, Origin, Upstream};
use crate::forwarding::forwarded;
use crate::gate::{admit, is_counted, unreadable};
use crate::head::Plain;
use crate::header_lines::HeaderLines;
use crate::own::{Call, Own};
use crate::plain::{write_date, write_header};
use crate::question::{Question, Sight};
use crate::rewound::Transport;
use crate::routes::client_address;
use crate::settlement::{Running, Settlement};

/// How much of an answer is gathered before it is sent on, in bytes.
const GATHERED_BYTES: usize = 64 * 1024;

/// A request that was let in.
pub(super) struct Passage {
    upstream: mp_gateway::Upstream,
    printed: Printed,
    settlement: Settlement,
    trace: TraceId,
    /// As it stands in the request and will in the answer.
    traceparent: Vec<u8>,
}

/// What becomes of a request at the gate.
pub(super) enum Ruling {
    Passes(Box<Passage>),
    Refused(Answer),
    /// It is for the router.
    Other,
}

/// The trace of a request.
pub(super) struct Trace {
    pub(super) id: TraceId,
    /// Whether the caller began it.
    pub(super) is_callers: bool,
    pub(super) traceparent: Vec<u8>,
}

/// Judges a request.
pub(super) fn judge(
    edge: &Arc<Edge>,
    origin: Origin,
    plain: &Plain<'_, '_>,
    trace: Trace,
    buffer: Vec<u8>,
) -> Ruling {
    let Some(Upstream::Remote(upstream)) = &edge.upstream else { return Ruling::Other };
    let Plain { verb, path, query, headers, body, .. } = *plain;
    let from = client_address(edge, origin, headers);
    let question = Question { verb, path, query, headers, from, trace: Some(trace.id) };
    let routed = match question.route(edge) {
        Ok(routed) if Own::of(routed.operation).is_some() => return Ruling::Other,
        Ok(routed) => routed,
        Err(refusal) => return Ruling::Refused(refusal),
    };
    let call = Call { edge, question, routed };
    match judged(edge, &call, body) {
        Ok((passport, settlement)) => {
            let operation = call.routed.operation;
            let is_left_out = |name: &str| {
                let is = |other: &str| name.eq_ignore_ascii_case(other);
                is(TRACEPARENT.as_str())
                    || is("tracestate") && !trace.is_callers
                    || is("accept-encoding") && is_counted(operation)
            };
            let lines = headers.iter().map(|header| (header.name, header.value));
            let lines = lines.filter(|(name, _)| !is_left_out(name));
            let traceparent = ("traceparent", trace.traceparent.as_slice());
            let admitted = Admitted {
                verb,
                target: plain.target,
                lines: lines.chain(once(traceparent)),
                host: headers.lines("host").next(),
                passport: &passport,
                forwarded: Some(&forwarded(from, origin, headers, None)),
                body,
            };
            let printed = upstream.print(buffer, &admitted);
            Ruling::Passes(Box::new(Passage {
                upstream: upstream.clone(),
                printed,
                settlement,
                trace: trace.id,
                traceparent: trace.traceparent,
            }))
        }
        Err(refusal) => Ruling::Refused(refusal),
    }
}

fn judged<H: HeaderLines + ?Sized>(
    edge: &Arc<Edge>,
    call: &Call<'_, H>,
    body: &[u8],
) -> Result<(Passport, Settlement), Answer> {
    if !body.is_empty() {
        call.judge(Sight::NotYet, |_| ())?;
        let checked = call.question.check_body(call.routed.operation, body);
        checked.map_err(|error| unreadable(call, &error))?;
    }
    admit(edge, call, body)
}

/// What is known of an answer once its head has come.
struct Begun {
    status: StatusCode,
    is_readable: bool,
    is_chunked: bool,
    /// Whether the connection ends with it.
    closes: bool,
}

impl<S: Transport> Front<S> {
    /// Asks the upstream and sends on what it answers. An error is a caller who left.
    pub(super) async fn pass(&mut self, passage: Passage) -> io::Result<Option<End>> {
        let Passage { upstream, printed, settlement, trace, traceparent } = passage;
        self.leash.pulse.begin(Phase::Busy);
        let (now, out, leash) = (self.printer.edge.now(), &mut self.printer.outgoing, &mut self.leash);
        let ask = upstream.ask(&printed, |reply| {
            let facts = Facts { settlement: &settlement, traceparent: &traceparent, now };
            write_head(out, reply, &facts, leash.ends())
        });
        let asked = while_there(&mut self.stream, &mut self.incoming, ask).await?;
        self.printer.request = printed.bytes;
        self.printer.request.clear();
        match asked {
            Ok((begun, relay)) => {
                let running = settlement.begin(begun.status, begun.is_readable);
                self.send_on(begun, relay, running).await
            }
            Err(error) => {
                let closes = self.leash.ends();
                self.printer.print(settlement.unanswered(&error), Some(trace), closes);
                self.flush_piece().await?;
                Ok(closes.then_some(End::Refused))
            }
        }
    }

    /// Sends on the answer's body, piece by piece.
    async fn send_on(
        &mut self,
        begun: Begun,
        mut relay: Relay,
        mut running: Running,
    ) -> io::Result<Option<End>> {
        loop {
            let at_hand = poll_fn(|cx| Poll::Ready(relay.poll_next(cx))).await;
            let goes_on = match at_hand {
                Poll::Ready(goes_on) => goes_on,
                Poll::Pending => {
                    self.flush_piece().await?;
                    let next = poll_fn(|cx| relay.poll_next(cx));
                    while_there(&mut self.stream, &mut self.incoming, next).await?
                }
            };
            let Ok(goes_on) = goes_on else {
                drop(running);
                // What came is the caller's; that it is not whole shows in how the connection ends.
                self.flush_piece().await?;
                return Ok(Some(End::Closed));
            };
            if !goes_on {
                break;
            }
            running.feed(relay.piece());
            let out = &mut self.printer.outgoing;
            if begun.is_chunked {
                write_chunk(out, relay.piece());
            } else {
                out.extend_from_slice(relay.piece());
            }
            if out.len() >= GATHERED_BYTES {
                self.flush_piece().await?;
            }
        }
        // What passed is charged and the slot is free before the caller can ask again.
        drop(running);
        if begun.is_chunked {
            self.printer.outgoing.extend_from_slice(b"0\r\n\r\n");
        }
        self.flush_piece().await?;
        Ok(begun.closes.then_some(End::Refused))
    }

    /// Sends what was gathered, for which the caller may take his time.
    async fn flush_piece(&mut self) -> io::Result<()> {
        self.leash.pulse.begin(Phase::Taking);
        self.flush().await?;
        self.leash.pulse.begin(Phase::Busy);
        Ok(())
    }
}

/// Waits for `work` as long as the caller is there. What he says in the meantime is for later.
async fn while_there<T>(
    stream: &mut impl Transport,
    incoming: &mut Vec<u8>,
    work: impl Future<Output = T>,
) -> io::Result<T> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(done));
        }
        while incoming.len() < READ_BYTES {
            match pin!(stream.read_buf(incoming)).poll(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    })
    .await
}

/// What marketpass itself says with an answer.
struct Facts<'a> {
    settlement: &'a Settlement,
    traceparent: &'a [u8],
    now: u32,
}

/// Writes the head of an answer as the caller gets it.
fn write_head(out: &mut Vec<u8>, reply: &Reply<'_>, facts: &Facts<'_>, closes: bool) -> Begun {
    let status = reply.status;
    for part in ["HTTP/1.1 ", status.as_str(), " ", reply.reason, "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    let mut said: Vec<HeaderName> = Vec::with_capacity(8);
    each_fact(
        facts.settlement.told(status),
        facts.settlement.operation.deprecation.as_ref(),
        |name, value| {
            write_header(out, name.as_str(), value.as_bytes());
            said.push(name);
        },
    );
    said.push(TRACEPARENT);
    write_header(out, TRACEPARENT.as_str(), facts.traceparent);
    write_header(out, "x-content-type-options", b"nosniff");
    let mut is_dated = false;
    reply.each_header(|name, value| {
        if !said.iter().any(|said| said == name) {
            is_dated |= name == "date";
            write_header(out, name, value);
        }
    });
    if !is_dated {
        write_date(out, facts.now);
    }
    let length = reply.length();
    let is_chunked = reply.has_body() && length.is_none();
    if is_chunked {
        write_header(out, "transfer-encoding", b"chunked");
    } else if let Some(length) = length {
        write_header(out, "content-length", itoa::Buffer::new().format(length).as_bytes());
    }
    if closes {
        write_header(out, "connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    Begun { status, is_readable: reply.is_plain(), is_chunked, closes }
}

fn write_chunk(out: &mut Vec<u8>, piece: &[u8]) {
    write!(out, "{:x}\r\n", piece.len()).expect("a Vec takes everything");
    out.extend_from_slice(piece);
    out.extend_from_slice(b"\r\n");
}
