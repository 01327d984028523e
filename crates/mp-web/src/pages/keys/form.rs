//! The form of a key, as it was filled in and as it is judged.
//!
//! Owns what a person may have meant and what is said about each field, and the sentence that sums it up. Must never
//! make a key: it makes the grant that the service judges again.

use std::time::Duration;

use mp_domain::api_key::{ApiKey, KeyGrant};
use mp_domain::campaign::Campaign;
use mp_domain::ids::CampaignId;
use mp_domain::name::Name;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::ScopeSet;
use mp_domain::time::Timestamp;

use crate::accesses::{self, Level};
use crate::components::Problems;
use crate::fields::Fields;
use crate::pages::names;
use crate::texts::Language;
use crate::visit::Visit;

const DAY: Duration = Duration::from_secs(86_400);

/// When a key ends, as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expiry {
    /// When it is deleted.
    Never,
    /// After that many days.
    Days(u64),
    /// With the day of that date.
    Date(String),
}

/// The spans that are offered, in days.
pub(super) const SPANS: [u64; 3] = [30, 90, 365];

impl Expiry {
    fn read(fields: &Fields) -> Self {
        match fields.one("expiry") {
            "date" => Self::Date(fields.one("date").to_owned()),
            days => days.parse().ok().filter(|days| SPANS.contains(days)).map_or(Self::Never, Self::Days),
        }
    }

    /// The moment, if there is one; an error if the date is none or past.
    fn moment(&self, now: Timestamp) -> Result<Option<Timestamp>, ()> {
        match self {
            Self::Never => Ok(None),
            Self::Days(days) => Ok(Some(now.plus(DAY * u32::try_from(*days).unwrap_or(u32::MAX)))),
            Self::Date(text) => end_of_day(text).filter(|at| *at > now).map(Some).ok_or(()),
        }
    }
}

/// The end of a day in UTC.
fn end_of_day(text: &str) -> Option<Timestamp> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let midnight = day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_seconds(midnight.timestamp().as_second()))
}

/// The form as it was filled in.
#[derive(Debug, Clone)]
pub(super) struct KeyForm {
    pub(super) name: String,
    pub(super) scopes: ScopeSet,
    /// Whether it is for some stores only.
    pub(super) is_restricted: bool,
    pub(super) stores: Vec<CampaignId>,
    /// What was typed to find a store.
    pub(super) query: String,
    pub(super) expiry: Expiry,
    /// One a line.
    pub(super) networks: String,
}

impl KeyForm {
    /// An empty one.
    pub(super) fn empty() -> Self {
        Self {
            name: String::new(),
            scopes: ScopeSet::default(),
            is_restricted: false,
            stores: Vec::new(),
            query: String::new(),
            expiry: Expiry::Never,
            networks: String::new(),
        }
    }

    /// One filled in with what a key has.
    pub(super) fn of(key: &ApiKey) -> Self {
        Self { name: key.grant.name.to_string(), scopes: key.grant.scopes, ..Self::empty() }
    }

    /// What was sent.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            name: fields.one("name").to_owned(),
            scopes: accesses::chosen(|topic| Level::named(fields.one(topic.field))),
            is_restricted: fields.one("stores") == "some",
            stores: fields.all("store").filter_map(|id| id.parse().ok()).collect(),
            query: fields.one("query").to_owned(),
            expiry: Expiry::read(fields),
            networks: fields.one("networks").to_owned(),
        }
    }

    /// Whether it is to end only when it is deleted.
    pub(super) fn never_expires(&self) -> bool {
        self.expiry == Expiry::Never
    }

    /// Name and accesses: what can be changed of a key.
    pub(super) fn judge_changes(&self, visit: &Visit) -> Result<(Name, ScopeSet), Problems> {
        let mut problems = visit.no_problems();
        let name = self.judge_name(visit, &mut problems);
        self.judge_accesses(visit, &mut problems);
        name.filter(|_| problems.is_empty()).map(|name| (name, self.scopes)).ok_or(problems)
    }

    /// Everything a new key needs, or what is wrong with which field.
    pub(super) fn judge(&self, visit: &Visit) -> Result<KeyGrant, Problems> {
        let mut problems = visit.no_problems();
        let name = self.judge_name(visit, &mut problems);
        self.judge_accesses(visit, &mut problems);
        if self.is_restricted && self.stores.is_empty() {
            problems.add("stores", visit.t("key-error-stores"));
        }
        let expires_at = self.expiry.moment(visit.now()).unwrap_or_else(|()| {
            problems.add("date", visit.t("key-error-date"));
            None
        });
        let networks = self.judge_networks(visit, &mut problems);
        let campaigns = if self.is_restricted { self.stores.clone() } else { Vec::new() };
        let scopes = self.scopes;
        let name = name.filter(|_| problems.is_empty()).ok_or(problems)?;
        Ok(KeyGrant { name, scopes, campaigns, networks, expires_at })
    }

    fn judge_name(&self, visit: &Visit, problems: &mut Problems) -> Option<Name> {
        Name::new(&self.name).map_err(|invalid| problems.add("name", names::problem(visit, &invalid))).ok()
    }

    fn judge_accesses(&self, visit: &Visit, problems: &mut Problems) {
        if self.scopes.is_empty() {
            problems.add("accesses", visit.t("key-error-accesses"));
        }
    }

    fn judge_networks(&self, visit: &Visit, problems: &mut Problems) -> Networks {
        let words = self.networks.split([',', ';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let read: Result<Vec<_>, _> = words.map(|word| parse_network(word).map_err(|_| word)).collect();
        match read {
            Ok(networks) => Networks::new(networks),
            Err(word) => {
                let shown: String = word.chars().take(60).collect();
                problems.add("networks", visit.t("key-error-network").with("network", shown));
                Networks::default()
            }
        }
    }

    /// The stores to offer: those chosen, and those that fit what was typed, by name or number; at most `most` of the
    /// latter.
    pub(super) fn offered<'a>(&self, stores: &'a [Campaign], most: usize) -> Vec<&'a Campaign> {
        let query = self.query.to_lowercase();
        let fits = |store: &Campaign| {
            store.name.as_str().to_lowercase().contains(&query) || store.id.to_string().contains(&query)
        };
        let mut room = most;
        let offered = stores.iter().filter(|store| {
            let chosen = self.stores.contains(&store.id);
            let shown = chosen || (room > 0 && fits(store));
            room -= usize::from(shown && !chosen);
            shown
        });
        offered.collect()
    }

    /// What the key will be, in one sentence.
    pub(super) fn summary(&self, visit: &Visit) -> String {
        let phrases = accesses::phrases(visit.language(), self.scopes);
        if phrases.is_empty() {
            return visit.t("key-summary-nothing").to_string();
        }
        let stores = match self.stores.len() {
            0 if self.is_restricted => visit.t("key-summary-stores-none"),
            count if self.is_restricted => visit.t("key-summary-stores-some").with("count", count),
            _ => visit.t("key-summary-stores-all"),
        };
        let networks = match self.networks.split_whitespace().count() {
            0 => visit.t("key-summary-networks-any"),
            count => visit.t("key-summary-networks-some").with("count", count),
        };
        let expiry = match self.expiry.moment(visit.now()) {
            Ok(Some(at)) => visit.t("key-summary-expiry-date").with("date", self.last_day(visit, at)),
            _ => visit.t("key-summary-expiry-never"),
        };
        visit
            .t("key-summary")
            .with("accesses", joined(visit.language(), &phrases))
            .with("stores", stores.to_string())
            .with("networks", networks.to_string())
            .with("expiry", expiry.to_string())
            .to_string()
    }

    /// A date that was chosen is the last day; its end is the first moment of the next.
    fn last_day(&self, visit: &Visit, at: Timestamp) -> String {
        let shown =
            if matches!(self.expiry, Expiry::Date(_)) { Timestamp::from_micros(at.micros() - 1) } else { at };
        visit.moment(shown).day()
    }
}

/// `a, b and c`
fn joined(language: Language, phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let and = crate::texts::Text::new(language, "list-and");
            format!("{} {and} {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_that_was_chosen_is_the_last_one() {
        let end = end_of_day("2027-01-31").unwrap();
        assert_eq!(end.to_string(), "2027-02-01T00:00:00Z");
        for nonsense in ["", "31.01.2027", "2027-02-30", "9999-12-31", "tomorrow"] {
            assert_eq!(end_of_day(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_that_is_past_is_an_error_and_no_eternal_key() {
        let now: Timestamp = "2027-01-31T12:00:00Z".parse().unwrap();
        assert!(Expiry::Date("2027-01-30".into()).moment(now).is_err());
        assert!(Expiry::Date("2027-01-31".into()).moment(now).is_ok());
        assert_eq!(Expiry::Never.moment(now), Ok(None));
    }

    #[test]
    fn phrases_are_joined_as_people_say_them() {
        let phrases = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(joined(Language::English, &phrases), "a, b and c");
        assert_eq!(joined(Language::Russian, &phrases[..2]), "a и b");
    }
}
