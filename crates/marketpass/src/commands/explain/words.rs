//! What mattered at each step, in words for whoever runs the command.
//!
//! Owns the sentences. Must never decide anything: it tells of a verdict, and of what the database holds.

use std::net::IpAddr;

use mp_domain::api_key::{ApiKey, KeyState};
use mp_domain::business::Business;
use mp_domain::campaign::Campaign;
use mp_domain::catalog::Unrouted;
use mp_domain::credential::FlawedAuthorization;
use mp_domain::denial::{DeadToken, Denial};
use mp_domain::ids::BusinessId;
use mp_domain::key_token::MalformedToken;
use mp_domain::limit_entity::LimitEntity;
use mp_domain::operation::{Cost, Limit, Operation, Parallel, SHARED_SLOTS};
use mp_domain::reach::Target;
use mp_domain::scope::ScopeSet;
use mp_domain::seller_kind::SellerKinds;
use mp_domain::step::Step;
use mp_domain::time::Timestamp;
use mp_domain::window::Budget;
use mp_http::{Names, Outcome, Verdict};
use mp_service::grants::ListedGrant;
use mp_service::rehearsal::{Known, Rehearsal};

use crate::output::joined;

/// How many names are listed before the rest is only counted.
const MOST_LISTED: usize = 10;

/// Everything that is known.
pub(super) struct Words<'a> {
    pub(super) verdict: &'a Verdict,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) from: IpAddr,
}

impl Words<'_> {
    /// What mattered at a step that was looked at.
    pub(super) fn detail(&self, step: Step) -> String {
        let operation = match self.verdict.operation {
            Ok(operation) => operation,
            Err(Unrouted::NoSuchPath) => {
                return "no operation of the catalogue has this path, or its spelling is open to doubt"
                    .to_owned();
            }
            Err(Unrouted::WrongVerb { allow }) => {
                return format!("the path has operations for {allow} alone");
            }
        };
        match step {
            Step::Route => format!("{} {} is {}", operation.verb, operation.template, operation.id),
            Step::Credential => self.credential(),
            Step::Reach => self.reach(operation),
            Step::Seller => self.seller(operation),
            Step::Switch => self.switch(operation),
            Step::Access => self.access(operation),
            Step::Parallel => self.parallel(operation),
            Step::Limit => self.limit(operation),
        }
    }

    /// What comes of it all.
    pub(super) fn conclusion(&self, has_upstream: bool) -> String {
        let let_in = match self.verdict.operation {
            Ok(Operation { limit: Some(_), .. }) => {
                "Let in, by the limits as they were written down up to half a second ago"
            }
            _ => "Let in",
        };
        match &self.verdict.outcome {
            Outcome::LetIn if self.verdict.is_own => format!("{let_in}: marketpass answers it."),
            Outcome::LetIn if has_upstream => format!("{let_in}: it is passed to the upstream."),
            Outcome::LetIn => {
                format!(
                    "{let_in}. None of the settings of this command names an upstream: a server that has \
                     none either answers 503 on api_listen, and gateways that ask forward-auth let it pass."
                )
            }
            Outcome::Unanswerable(told) => {
                format!(
                    "Let in, and its body is refused: {} {}: {}",
                    told.status.as_u16(),
                    told.code,
                    told.message
                )
            }
            Outcome::Refused { told, .. } => {
                format!("Refused: {} {}: {}", told.status.as_u16(), told.code, told.message)
            }
        }
    }

    fn denial(&self) -> Option<&Denial> {
        match &self.verdict.outcome {
            Outcome::Refused { denial, .. } => denial.as_ref(),
            Outcome::LetIn | Outcome::Unanswerable(_) => None,
        }
    }

    /// What the caller is told, if this step is the one that refuses.
    fn told_at(&self, step: Step) -> Option<&str> {
        match &self.verdict.outcome {
            Outcome::Refused { at, told, .. } if *at == step => Some(&told.message),
            _ => None,
        }
    }

    fn credential(&self) -> String {
        let who = match &self.rehearsal.known {
            Some(Known::Key(key)) => {
                format!(
                    "the API key '{}' (id {}) of {}",
                    key.grant.name,
                    key.id,
                    self.cabinet(key.business_id)
                )
            }
            Some(Known::Token(ListedGrant { grant, login, client_name, .. })) => format!(
                "the OAuth token that {login} gave to '{client_name}' (client {}, grant {})",
                grant.client_id, grant.id
            ),
            None => "nobody's".to_owned(),
        };
        let refused = self.denial().filter(|denial| denial.step() == Step::Credential);
        format!("{who}, {}", refused.map_or_else(|| self.standing(), |denial| self.why_not(denial)))
    }

    /// What can be said of a credential that is good.
    fn standing(&self) -> String {
        match &self.rehearsal.known {
            Some(Known::Key(key)) => {
                let until =
                    key.grant.expires_at.map_or_else(|| "for good".to_owned(), |at| format!("until {at}"));
                let from = if key.grant.networks.is_empty() {
                    "anywhere".to_owned()
                } else {
                    joined(key.grant.networks.iter())
                };
                format!("which works {until}, from {from}")
            }
            Some(Known::Token(listed)) => format!("which works until {}", listed.grant.token.expires_at),
            None => "which is no matter here".to_owned(),
        }
    }

    fn why_not(&self, denial: &Denial) -> String {
        match (denial, &self.rehearsal.known) {
            (Denial::Revoked, Some(Known::Key(key))) => revoked(key),
            (Denial::Expired, Some(Known::Key(key))) => over(key.grant.expires_at),
            (Denial::Paused, Some(Known::Key(key))) => {
                format!("which is paused: `marketpass key resume --key {}` lets it in again", key.id)
            }
            (Denial::NetworkNotAllowed, Some(Known::Key(key))) => format!(
                "which may be used from {} and not from {} (--from asks about another address)",
                joined(key.grant.networks.iter()),
                self.from
            ),
            (Denial::TokenDead(why), Some(Known::Token(listed))) => dead(*why, listed),
            (Denial::AccountDisabled, Some(Known::Token(listed))) => format!(
                "who is switched off: `marketpass account enable --login {}` lets them in again",
                listed.login
            ),
            (denial, _) => without_owner(denial).to_owned(),
        }
    }

    fn reach(&self, operation: &Operation) -> String {
        let reached = match self.rehearsal.reach.as_slice() {
            [] => "reaches nothing".to_owned(),
            cabinets => format!("reaches {}", listed(cabinets.iter().map(cabinet_with_stores), "; ")),
        };
        let named =
            self.verdict.names.as_ref().map_or_else(|| "what is named cannot be read".to_owned(), named);
        let Some(told) = self.told_at(Step::Reach) else { return format!("{reached}; {named}") };
        let why = match self.denial() {
            Some(Denial::AccessDenied) if self.is_too_narrow(operation) => {
                "whoever reaches only some stores may call what is about a whole cabinet only if every access opens it"
            }
            Some(Denial::AccessDenied) => "of that something is out of reach, or does not exist",
            _ => told,
        };
        format!("{reached}; {named}: {why}")
    }

    /// Whether a key for some stores is used for what is not about a store.
    fn is_too_narrow(&self, operation: &Operation) -> bool {
        let is_restricted = match &self.rehearsal.known {
            Some(Known::Key(key)) => !key.grant.campaigns.is_empty(),
            Some(Known::Token(_)) | None => false,
        };
        let names = self.verdict.names.as_ref();
        let is_wide = names
            .is_some_and(|names| !matches!(names.target, Target::Campaign(_)) && names.campaigns.is_empty());
        is_restricted && is_wide && operation.any_of != ScopeSet::ALL
    }

    fn seller(&self, operation: &Operation) -> String {
        let open = if operation.sellers == SellerKinds::ALL {
            "sellers of every kind".to_owned()
        } else {
            joined(operation.sellers.iter())
        };
        match self.addressed() {
            Some(cabinet) => {
                format!("{} is for {open}; cabinet {} is {}", operation.id, cabinet.id, cabinet.kind)
            }
            None => format!("{} is for {open}; no one cabinet is addressed", operation.id),
        }
    }

    fn switch(&self, operation: &Operation) -> String {
        match self.told_at(Step::Switch) {
            Some(told) => told.trim_end_matches('.').to_owned(),
            None if operation.ignores_switch => format!("{} answers even while the API is off", operation.id),
            None => "the API is on for what is addressed".to_owned(),
        }
    }

    fn access(&self, operation: &Operation) -> String {
        let opens = if operation.any_of == ScopeSet::ALL {
            "every access opens it".to_owned()
        } else {
            format!("opened by {}", joined(operation.any_of.iter()))
        };
        match &self.rehearsal.known {
            Some(Known::Key(key)) => format!("{opens}; the key has {}", joined(key.grant.scopes.iter())),
            Some(Known::Token(_)) | None => format!("{opens}; tokens of people need none"),
        }
    }

    fn parallel(&self, operation: &Operation) -> String {
        if self.verdict.is_own {
            return "what marketpass answers itself takes no slot".to_owned();
        }
        let (slots, others) = match operation.parallel {
            Parallel::Shared => (SHARED_SLOTS, ", all operations together"),
            Parallel::Own(slots) => (slots, ""),
        };
        let whose = self.counted_for();
        format!("{slots} at once for {whose}{others}; how many are under way only the running server knows")
    }

    fn limit(&self, operation: &Operation) -> String {
        let Some(limit) = operation.limit else { return "as often as one likes".to_owned() };
        let subscription = self.addressed().map(|cabinet| cabinet.subscription).unwrap_or_default();
        let quota = self.rehearsal.enforcer.quota_with(limit, subscription);
        format!(
            "{} {} per {} for {} (subscription {subscription}); {}",
            quota.amount,
            unit(limit),
            quota.period,
            self.counted_for(),
            self.left(limit)
        )
    }

    fn left(&self, limit: Limit) -> String {
        let Some(Budget { remaining, until, .. }) = self.verdict.budget else {
            return "what is left is not known".to_owned();
        };
        let until = Timestamp::from_seconds(until.seconds().into());
        let items = self.verdict.names.as_ref().and_then(|names| names.items);
        let after = match (self.told_at(Step::Limit), limit.cost, items) {
            (Some(_), Cost::RequestItems(_), Some(items)) => format!(", and the body holds {items}"),
            (Some(_), ..) => String::new(),
            (None, Cost::Request, _) => " after this request".to_owned(),
            (None, Cost::RequestItems(_), items) => {
                format!(" after the {} of this request", items.unwrap_or_default())
            }
            (None, Cost::ResponseItems(_), _) => " before the items of the answer".to_owned(),
        };
        format!(
            "{remaining} left until {until}{after}, by the journal: a running server holds the live counters"
        )
    }

    /// The cabinet addressed, or that the key belongs to.
    fn addressed(&self) -> Option<&Business> {
        self.rehearsal.cabinet(self.verdict.business?)
    }

    fn cabinet(&self, id: BusinessId) -> String {
        let found = self.rehearsal.cabinet(id);
        found.map_or_else(|| format!("cabinet {id}"), |cabinet| format!("cabinet {id} '{}'", cabinet.name))
    }

    fn counted_for(&self) -> String {
        let target = self.verdict.names.as_ref().map_or(Target::Caller, |names| names.target);
        let caller: LimitEntity = match &self.rehearsal.known {
            Some(Known::Key(key)) => key.business_id.into(),
            Some(Known::Token(listed)) => LimitEntity::Account(listed.grant.account_id.into()),
            None => return "nobody".to_owned(),
        };
        match (LimitEntity::of(target, caller), &self.rehearsal.known) {
            (LimitEntity::Business(id), _) => format!("cabinet {id}"),
            (LimitEntity::Campaign(id), _) => format!("store {id}"),
            (LimitEntity::Account(_), Some(Known::Token(listed))) => listed.login.to_string(),
            (LimitEntity::Account(_), _) => "the person".to_owned(),
        }
    }
}

fn unit(limit: Limit) -> &'static str {
    match limit.cost {
        Cost::Request => "requests",
        Cost::RequestItems(_) => "items of requests",
        Cost::ResponseItems(_) => "items of answers",
    }
}

fn revoked(key: &ApiKey) -> String {
    match key.state {
        KeyState::Deleted { at } => format!("which was deleted on {at}"),
        KeyState::Active | KeyState::Paused { .. } => {
            "by a token that a rotation replaced, and the overlap is over".to_owned()
        }
    }
}

fn over(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "whose time is over".to_owned(), |at| format!("whose time was over on {at}"))
}

fn dead(why: DeadToken, listed: &ListedGrant) -> String {
    match why {
        DeadToken::Unknown => "whose application or owner is gone".to_owned(),
        DeadToken::Withdrawn => match listed.grant.token.revoked_at {
            Some(at) => format!("which was withdrawn on {at}"),
            None => "which was withdrawn".to_owned(),
        },
        DeadToken::Expired => over(Some(listed.grant.token.expires_at)),
        DeadToken::ClientChanged => {
            "whose application was deleted or asks for other rights by now".to_owned()
        }
        DeadToken::CredentialsChanged => {
            "who has another password or other factors since it was issued".to_owned()
        }
    }
}

/// What is to be said whoever presents it.
fn without_owner(denial: &Denial) -> &'static str {
    match denial {
        Denial::ApiKeyMissing => "and the operation takes API keys alone",
        Denial::Malformed(MalformedToken::Prefix) => "since it does not begin as API keys do",
        Denial::Malformed(MalformedToken::Length) => "since it is longer or shorter than API keys are",
        Denial::Malformed(MalformedToken::Format) => {
            "since its checksum is wrong: a letter is missing or mistaken"
        }
        Denial::Unknown => "since no key was ever given this token here",
        Denial::Authorization(FlawedAuthorization::Scheme) => "since its scheme is neither Bearer nor OAuth",
        Denial::Authorization(_) => "since no token stands there",
        Denial::TokenDead(_) => "since it was never issued here, or a younger token took its place",
        Denial::LoggedOut => "who has ended all sessions and tokens since it was issued",
        Denial::ClientMismatch => "while another application is named beside it",
        Denial::RightMissing => "which lacks the right market:partner-api",
        Denial::Revoked => "which was revoked",
        Denial::Expired => "whose time is over",
        Denial::Paused => "which is paused",
        Denial::NetworkNotAllowed => "from an address that is not allowed",
        Denial::AccountDisabled => "who is switched off",
        _ => "which is not accepted",
    }
}

fn cabinet_with_stores((cabinet, stores): &(Business, Vec<Campaign>)) -> String {
    let names = stores.iter().map(|store| format!("{} '{}'", store.id, store.name));
    let stores =
        if stores.is_empty() { "no store".to_owned() } else { format!("stores {}", listed(names, ", ")) };
    format!("cabinet {} '{}' with {stores}", cabinet.id, cabinet.name)
}

/// The first of many, and how many more there are.
fn listed(items: impl ExactSizeIterator<Item = String>, separator: &str) -> String {
    let more = items.len().saturating_sub(MOST_LISTED);
    let rest = (more > 0).then(|| format!("and {more} more"));
    items.take(MOST_LISTED).chain(rest).collect::<Vec<_>>().join(separator)
}

fn named(names: &Names) -> String {
    let in_path = match names.target {
        Target::Caller => None,
        Target::Business(id) => Some(format!("cabinet {id}")),
        Target::Campaign(id) => Some(format!("store {id}")),
    };
    let in_header = names.header.map(|id| format!("cabinet {id} in X-Business-Id"));
    let businesses = names.businesses.iter().map(|id| format!("cabinet {id}"));
    let campaigns = names.campaigns.iter().map(|id| format!("store {id}"));
    let all: Vec<_> = in_path.into_iter().chain(in_header).chain(businesses).chain(campaigns).collect();
    if all.is_empty() {
        "the request names nothing".to_owned()
    } else {
        format!("the request names {}", listed(all.into_iter(), ", "))
    }
}
