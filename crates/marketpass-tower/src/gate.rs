//! The gate of a service: what it asks, request by request.
//!
//! Owns the order: credential, reach, accesses, a slot, points; and asking the server for whatever is not known yet. Must
//! never let a request pass by knowledge that is not to be trusted: then the answer is 503.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, StatusCode};
use mp_domain::catalog::Routed;
use mp_domain::credential::Presented;
use mp_domain::denial::Denial;
use mp_domain::identity::Identity;
use mp_domain::judgement::Place;
use mp_domain::operation::{ANSWERED_HERE, Operation, Price};
use mp_domain::time::Timestamp;
use mp_domain::window::{Budget, Quota};
use mp_market::api_error::ApiError;
use mp_market::denial::describe;
use mp_market::header_lines::HeaderLines;
use mp_market::names::Names;
use mp_market::presented::presented;
use mp_market::rate_headers;
use mp_stream::{About, FromOutpost};
use tokio::sync::watch;

use crate::answer::Refusal;
use crate::decision::{Missing, Question, Refused, identity};
use crate::layer::GateLayer;
use crate::lent::Slot;
use crate::link;
use crate::loans::{Purchase, Spent};
use crate::memory::Credential;
use crate::options::{FindAddress, GateOptions};
use crate::questions::{Reply, Topic, Unavailable};
use crate::shared::{Rules, Shared};

/// How often what is missing is asked for before a request is given up: things may be forgotten while others are asked.
const MOST_ROUNDS: usize = 64;

/// The gate of a service. Cheap to clone; when the last clone and the last layer are gone, the stream ends.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    find_address: FindAddress,
    /// Dropped with the gate, which the stream notices.
    _stop: watch::Sender<()>,
}

/// A request, as far as its head goes.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its method.
    pub verb: &'a str,
    /// Its path.
    pub path: &'a str,
    /// Its query, without the question mark.
    pub query: Option<&'a str>,
    /// Its headers, the credential among them.
    pub headers: &'a HeaderMap,
    /// Whose it is; `None` where nobody can tell.
    pub from: Option<IpAddr>,
}

/// A request that may pass. The slot it takes is free again when this is dropped.
pub struct Admitted {
    /// Who its caller is.
    pub identity: Identity,
    /// What it is.
    pub operation: &'static Operation,
    pub(crate) spent: Option<Spent>,
    pub(crate) slot: Option<Slot>,
    pub(crate) shared: Arc<Shared>,
}

impl Admitted {
    /// What is left of the limit, where there is one.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.spent.map(|spent| spent.budget)
    }

    /// What the caller is told of it with an answer of this status.
    pub(crate) fn told(&self, status: StatusCode) -> Option<Budget> {
        let spent = self.spent.as_ref()?;
        rate_headers::told(spent.budget, spent.points, status)
    }

    /// Takes the points back: the method was not carried out, for a reason that is not the caller's (product.md §3.7).
    pub fn give_back(&mut self) {
        if let Some(spent) = self.spent.take() {
            self.shared.loans.take_back(spent);
        }
    }
}

/// What is seen of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight<'b> {
    /// It has not been read yet: is it worth it?
    NotYet,
    /// All of it.
    Body(&'b [u8]),
}

impl Gate {
    /// Connects to the server, in the background, for as long as the gate is there: a connection that breaks is made again.
    /// Until it stands, requests are answered with 503. Must be called inside a tokio runtime.
    #[must_use]
    pub fn connect(options: GateOptions) -> Self {
        let shared = Arc::new(Shared::new(&options));
        let (stop, stopped) = watch::channel(());
        let find_address = Arc::clone(&options.find_address);
        tokio::spawn(link::hold(Arc::clone(&shared), options, stopped));
        Self { inner: Arc::new(Inner { shared, find_address, _stop: stop }) }
    }

    /// Waits until requests can be judged.
    pub async fn ready(&self) {
        loop {
            let heard = self.inner.shared.heard.notified();
            if self.is_ready() {
                return;
            }
            heard.await;
        }
    }

    /// Whether requests can be judged now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.shared.now().is_ok()
    }

    /// How many questions were put to the server so far, for the metrics of the service.
    #[must_use]
    pub fn questions(&self) -> u64 {
        self.inner.shared.questions.asked()
    }

    /// A layer that lets pass what this gate lets pass.
    #[must_use]
    pub fn layer(&self) -> GateLayer {
        GateLayer::new(self.clone())
    }

    pub(crate) fn address(&self, head: &Parts) -> Option<IpAddr> {
        (self.inner.find_address)(head)
    }

    /// Judges a request whose body is all there.
    pub async fn admit(&self, asked: &Asked<'_>, body: &[u8]) -> Result<Admitted, Refusal> {
        let (rules, now) = self.rules()?;
        let routed = route(&rules, asked)?;
        match self.judge((&rules, now), asked, &routed, Sight::Body(body)).await {
            Err(refusal) if refusal.is_about_reading() => Err(self.with_what_is_left(asked, refusal).await),
            judged => judged,
        }
    }

    /// The refusal of a request that cannot be read, for a caller who is known and asks for something in reach: they are
    /// told what is left.
    pub(crate) async fn with_what_is_left(&self, asked: &Asked<'_>, refusal: Refusal) -> Refusal {
        match self.known_as_far(asked).await {
            Ok((operation, budget)) => refusal.with(operation, budget),
            Err(_) => refusal,
        }
    }

    async fn known_as_far(&self, asked: &Asked<'_>) -> Result<(&'static Operation, Option<Budget>), Refusal> {
        let (rules, now) = self.rules()?;
        let routed = route(&rules, asked)?;
        let (shared, operation) = (&self.inner.shared, routed.operation);
        let names = names(asked, &routed, Sight::NotYet);
        let (_, place, _) = self.decide((&rules, now), asked, &routed, &names, false).await?;
        let Some(limit) = operation.limit else { return Ok((operation, None)) };
        let quota = place.quota(limit).scaled(rules.limits_scale);
        Ok((operation, Some(left(shared, &place, operation, quota).await?)))
    }

    /// Whether it is worth reading the request's body. Charges nothing.
    pub(crate) async fn is_worth_reading(&self, asked: &Asked<'_>) -> Result<&'static Operation, Refusal> {
        let (rules, now) = self.rules()?;
        let routed = route(&rules, asked)?;
        self.locate((&rules, now), asked, &routed, Sight::NotYet).await?;
        Ok(routed.operation)
    }

    /// What is judged by, and the time, if both are to be relied on.
    fn rules(&self) -> Result<(Rules, Timestamp), Refusal> {
        let now = self.inner.shared.now()?;
        Ok((self.inner.shared.rules(), now))
    }

    async fn locate(
        &self,
        rules: (&Rules, Timestamp),
        asked: &Asked<'_>,
        routed: &Routed<'_>,
        sight: Sight<'_>,
    ) -> Result<(), Refusal> {
        let names = names(asked, routed, sight);
        self.decide(rules, asked, routed, &names, false).await.map(drop)
    }

    async fn judge(
        &self,
        (rules, now): (&Rules, Timestamp),
        asked: &Asked<'_>,
        routed: &Routed<'_>,
        sight: Sight<'_>,
    ) -> Result<Admitted, Refusal> {
        let (shared, operation) = (&self.inner.shared, routed.operation);
        let names = names(asked, routed, sight);
        let (credential, place, now) = self.decide((rules, now), asked, routed, &names, true).await?;
        let slot = if is_answered_by_marketpass(operation) {
            None
        } else {
            Some(take_slot(shared, &place, operation).await?)
        };
        let items = names.as_ref().ok().and_then(|names| names.items);
        let spent = match operation.limit {
            None => None,
            Some(limit) => {
                let quota = place.quota(limit).scaled(rules.limits_scale);
                let price = limit.cost.price(items);
                Some(charge(shared, &place, operation, (quota, price), now).await?)
            }
        };
        let identity = identity(&credential, place.business);
        Ok(Admitted { identity, operation, spent, slot, shared: Arc::clone(shared) })
    }

    /// Everything but what is counted, asking for whatever is not known.
    async fn decide<'n>(
        &self,
        (rules, mut now): (&Rules, Timestamp),
        asked: &Asked<'_>,
        routed: &Routed<'_>,
        names: &'n Result<Names, ApiError>,
        is_whole: bool,
    ) -> Result<(Arc<Credential>, Place<'n>, Timestamp), Refusal> {
        let (shared, operation) = (&*self.inner.shared, routed.operation);
        let presented = presented(asked.headers.lines("api-key"), asked.headers.lines("authorization"));
        let from = asked.from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        for _ in 0..MOST_ROUNDS {
            let question = Question { shared, rules, presented, operation, from, now };
            let decided = question.recognise().and_then(|recognised| match recognised {
                Err(denial) => Ok(Err(denial.into())),
                Ok(credential) => {
                    let read = names.as_ref().map(Names::named).map_err(drop);
                    let judged = question.judge(&credential, read, is_whole)?;
                    Ok(judged.map(|place| (credential, place, now)))
                }
            });
            match decided {
                Ok(Ok(admitted)) => return Ok(admitted),
                Ok(Err(refused)) => return Err(refusal(shared, rules, operation, names, refused).await),
                Err(missing) => {
                    fetch(shared, presented, missing).await?;
                    now = shared.now()?;
                }
            }
        }
        Err(Unavailable.into())
    }
}

/// What marketpass answers itself takes no slot (product.md §2), and its bodies mean nothing.
pub(crate) fn is_answered_by_marketpass(operation: &Operation) -> bool {
    ANSWERED_HERE.iter().any(|own| own.id == operation.id)
}

fn route<'a>(rules: &Rules, asked: &Asked<'a>) -> Result<Routed<'a>, Refusal> {
    let routed = rules.catalog.route(asked.verb, asked.path);
    routed.map_err(|unrouted| Refusal::unrouted(unrouted, asked.verb))
}

fn names(asked: &Asked<'_>, routed: &Routed<'_>, sight: Sight<'_>) -> Result<Names, ApiError> {
    let body = match sight {
        // What their bodies hold means nothing.
        Sight::Body(body) if !is_answered_by_marketpass(routed.operation) => Some(body),
        Sight::Body(_) | Sight::NotYet => None,
    };
    Names::read(routed, asked.query, asked.headers, body)
}

/// What the caller is told. Somebody known, in a place in reach, is told what is left.
async fn refusal(
    shared: &Shared,
    rules: &Rules,
    operation: &'static Operation,
    names: &Result<Names, ApiError>,
    Refused { denial, place }: Refused<'_>,
) -> Refusal {
    let told = match names {
        Err(unreadable) if denial == Denial::Unreadable => unreadable.clone(),
        _ => describe(&denial, operation),
    };
    let budget = match place.zip(operation.limit) {
        None => Ok(None),
        Some((place, limit)) => {
            let quota = place.quota(limit).scaled(rules.limits_scale);
            left(shared, &place, operation, quota).await.map(Some)
        }
    };
    match budget {
        Ok(budget) => Refusal::of(told, operation, budget),
        Err(unavailable) => unavailable.into(),
    }
}

/// Asks for what is missing, and waits until it is remembered.
async fn fetch(shared: &Shared, presented: Presented<'_>, missing: Missing) -> Result<(), Unavailable> {
    let (topic, about) = match missing {
        Missing::Credential(mark) => {
            let token = match presented {
                Presented::ApiKey(token) => token,
                Presented::OAuth(credential) => credential.token,
                Presented::Nothing
                | Presented::FlawedAuthorization(_)
                | Presented::RepeatedApiKey
                | Presented::RepeatedAuthorization => b"",
            };
            let token = String::from_utf8_lossy(token).into_owned();
            let about = if mark.is_token { About::Token { token } } else { About::Key { token } };
            (Topic::Credential(mark), about)
        }
        Missing::Stores(ids) => (Topic::Stores(ids.clone()), About::Stores { ids }),
        Missing::Business(id) => (Topic::Business(id), About::Business { id }),
    };
    shared.ask(topic, |question| FromOutpost::Ask { question, about }).await.map(drop)
}

async fn take_slot(
    shared: &Arc<Shared>,
    place: &Place<'_>,
    operation: &'static Operation,
) -> Result<Slot, Refusal> {
    let (counted, of) = place.slots(operation);
    if let Some(epoch) = shared.loans.take_slot(counted) {
        return Ok(Slot { shared: Arc::clone(shared), counted, epoch });
    }
    let wanted = |question| FromOutpost::TakeSlot { question, counted: counted.into(), of };
    match shared.ask(Topic::Slot(counted), wanted).await? {
        Reply::Slot(Some(slot)) => Ok(slot),
        Reply::Slot(None) => {
            let denial = Denial::TooManyAtOnce { slots: of, entity: place.entity };
            Err(Refusal::of(describe(&denial, operation), operation, None))
        }
        Reply::Remembered | Reply::Lent(_) => Err(Unavailable.into()),
    }
}

async fn charge(
    shared: &Shared,
    place: &Place<'_>,
    operation: &'static Operation,
    (quota, price): (Quota, Price),
    now: Timestamp,
) -> Result<Spent, Refusal> {
    let needed = if let Price::Points(points) = price { points } else { 0 };
    match purchase(shared, place, operation, (quota, needed), now).await? {
        Ok(spent) => Ok(spent),
        // What costs nothing is let through where nothing is left, too.
        Err(budget) if price == Price::Points(0) => {
            Ok(shared.loans.nothing(place.counted(operation), quota, budget))
        }
        Err(budget) => {
            let denial = Denial::LimitExceeded { quota, entity: place.entity };
            Err(Refusal::of(describe(&denial, operation), operation, Some(budget)))
        }
    }
}

/// Spends points, which are borrowed if they are not here; `Err` says what is left where there are not enough.
async fn purchase(
    shared: &Shared,
    place: &Place<'_>,
    operation: &'static Operation,
    (quota, needed): (Quota, u32),
    now: Timestamp,
) -> Result<Result<Spent, Budget>, Unavailable> {
    let counted = place.counted(operation);
    let wanted = match shared.loans.spend(counted, quota, needed, now) {
        Purchase::Done(spent) => return Ok(Ok(spent)),
        Purchase::Short { brought_back, wanted } => {
            if let Some(frame) = brought_back {
                shared.send(frame)?;
            }
            wanted
        }
    };
    let business = place.business;
    let borrow =
        |question| FromOutpost::Borrow { question, counted: counted.into(), business, needed, wanted };
    let Reply::Lent(loan) = shared.ask(Topic::Points(counted), borrow).await? else {
        return Err(Unavailable);
    };
    let lent = loan.take().ok_or(Unavailable)?;
    shared.loans.lent((counted, quota), needed, lent, now).ok_or(Unavailable)
}

/// What is left, without spending anything.
async fn left(
    shared: &Shared,
    place: &Place<'_>,
    operation: &'static Operation,
    quota: Quota,
) -> Result<Budget, Unavailable> {
    let now = shared.now()?;
    if let Some(budget) = shared.loans.left(place.counted(operation), quota, now) {
        return Ok(budget);
    }
    let known = purchase(shared, place, operation, (quota, 0), now).await?;
    Ok(known.map_or_else(|budget| budget, |spent| spent.budget))
}
