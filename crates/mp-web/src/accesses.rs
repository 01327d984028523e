//! The fourteen accesses of an API key as people choose them: nine topics, each to see or to see and change.
//!
//! Owns which access is behind which choice, and what is said about it. Must never give an access that was not chosen.

use mp_domain::scope::{AccessScope, ScopeSet};

use crate::texts::{Language, Text};

/// One choice within a topic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    scope: AccessScope,
    /// What it lets a program do, as a choice of the form.
    pub(crate) text: &'static str,
    /// The same in the middle of a sentence.
    short: &'static str,
}

/// What a person decides at once.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The name of the field.
    pub(crate) field: &'static str,
    /// The message with its name.
    pub(crate) title: &'static str,
    /// The access for seeing, if there is one by itself.
    pub(crate) read: Option<Access>,
    /// The access for changing, which includes seeing.
    pub(crate) full: Option<Access>,
}

/// How far a key goes in a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Level {
    /// Not at all.
    #[default]
    Nothing,
    /// It sees.
    Read,
    /// It sees and changes.
    Full,
}

macro_rules! access {
    ($scope:ident, $text:literal, $short:literal) => {
        Some(Access { scope: AccessScope::$scope, text: $text, short: $short })
    };
}

/// The topics, in the order of the form: the one that makes all others superfluous first.
pub(crate) static TOPICS: [Topic; 9] = [
    Topic {
        field: "access-everything",
        title: "access-everything",
        read: access!(AllMethodsReadOnly, "access-everything-read", "access-everything-read-short"),
        full: access!(AllMethods, "access-everything-full", "access-everything-full-short"),
    },
    Topic {
        field: "access-orders",
        title: "access-orders",
        read: access!(InventoryAndOrderProcessingReadOnly, "access-orders-read", "access-orders-read-short"),
        full: access!(InventoryAndOrderProcessing, "access-orders-full", "access-orders-full-short"),
    },
    Topic {
        field: "access-pricing",
        title: "access-pricing",
        read: access!(PricingReadOnly, "access-pricing-read", "access-pricing-read-short"),
        full: access!(Pricing, "access-pricing-full", "access-pricing-full-short"),
    },
    Topic {
        field: "access-offers",
        title: "access-offers",
        read: access!(OffersAndCardsManagementReadOnly, "access-offers-read", "access-offers-read-short"),
        full: access!(OffersAndCardsManagement, "access-offers-full", "access-offers-full-short"),
    },
    Topic {
        field: "access-promotion",
        title: "access-promotion",
        read: access!(PromotionReadOnly, "access-promotion-read", "access-promotion-read-short"),
        full: access!(Promotion, "access-promotion-full", "access-promotion-full-short"),
    },
    Topic {
        field: "access-finance",
        title: "access-finance",
        read: access!(FinanceAndAccounting, "access-finance-read", "access-finance-read-short"),
        full: None,
    },
    Topic {
        field: "access-communication",
        title: "access-communication",
        read: None,
        full: access!(Communication, "access-communication-full", "access-communication-full-short"),
    },
    Topic {
        field: "access-settings",
        title: "access-settings",
        read: None,
        full: access!(SettingsManagement, "access-settings-full", "access-settings-full-short"),
    },
    Topic {
        field: "access-supplies",
        title: "access-supplies",
        read: access!(SuppliesManagementReadOnly, "access-supplies-read", "access-supplies-read-short"),
        full: None,
    },
];

impl Topic {
    /// How far `scopes` goes here. Changing includes seeing.
    pub(crate) fn level(&self, scopes: ScopeSet) -> Level {
        let has = |access: Option<Access>| access.is_some_and(|access| scopes.contains(access.scope));
        match (has(self.full), has(self.read)) {
            (true, _) => Level::Full,
            (false, true) => Level::Read,
            (false, false) => Level::Nothing,
        }
    }

    /// The access behind a choice.
    pub(crate) fn access(&self, level: Level) -> Option<Access> {
        match level {
            Level::Nothing => None,
            Level::Read => self.read,
            Level::Full => self.full,
        }
    }
}

impl Level {
    /// The level that a form field names.
    pub(crate) fn named(text: &str) -> Self {
        match text {
            "read" => Self::Read,
            "full" => Self::Full,
            _ => Self::Nothing,
        }
    }
}

/// The accesses behind a choice in every topic.
pub(crate) fn chosen(level: impl Fn(&Topic) -> Level) -> ScopeSet {
    TOPICS.iter().filter_map(|topic| topic.access(level(topic))).map(|access| access.scope).collect()
}

/// What a key with these accesses lets a program do, for the middle of a sentence; accesses that add nothing to what is
/// said already are left out.
pub(crate) fn phrases(language: Language, scopes: ScopeSet) -> Vec<String> {
    let everything = TOPICS[0].level(scopes);
    let adds = |topic: &Topic, level| match everything {
        Level::Full => topic.field == TOPICS[0].field,
        Level::Read => topic.field == TOPICS[0].field || level > Level::Read,
        Level::Nothing => true,
    };
    let said =
        TOPICS.iter().map(|topic| (topic, topic.level(scopes))).filter(|(topic, level)| adds(topic, *level));
    said.filter_map(|(topic, level)| topic.access(level))
        .map(|access| Text::new(language, access.short).to_string())
        .collect()
}

/// Where in the form of a key each of these accesses is chosen: *Prices: See*. What opens least comes first.
pub(crate) fn choices(language: Language, scopes: ScopeSet) -> Vec<String> {
    let levels = |topic: &'static Topic| {
        [(topic, topic.read, "key-access-read"), (topic, topic.full, "key-access-full")]
    };
    let (everything, parts) = TOPICS.split_first().expect("there are topics");
    let all = parts.iter().chain([everything]).flat_map(levels);
    all.filter(|(_, access, _)| access.is_some_and(|access| scopes.contains(access.scope)))
        .map(|(topic, _, level)| {
            format!("{}: {}", Text::new(language, topic.title), Text::new(language, level))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_access_can_be_chosen_in_exactly_one_place() {
        let mut offered: Vec<_> = TOPICS
            .iter()
            .flat_map(|topic| [topic.read, topic.full])
            .flatten()
            .map(|access| access.scope)
            .collect();
        offered.sort();
        assert_eq!(offered, AccessScope::all().collect::<Vec<_>>());
    }

    #[test]
    fn what_was_chosen_is_shown_as_chosen() {
        for level in [Level::Nothing, Level::Read, Level::Full] {
            let scopes = chosen(|_| level);
            for topic in &TOPICS {
                let expected = if topic.access(level).is_some() { level } else { Level::Nothing };
                assert_eq!(topic.level(scopes), expected, "{}", topic.field);
            }
        }
    }

    #[test]
    fn the_summary_does_not_say_twice_what_the_whole_cabinet_includes() {
        let all = phrases(Language::English, ScopeSet::ALL);
        assert_eq!(all, ["manage the cabinet completely"]);
        let some = [AccessScope::AllMethodsReadOnly, AccessScope::PricingReadOnly, AccessScope::Pricing];
        let said = phrases(Language::Russian, some.into_iter().collect());
        assert_eq!(said, ["просматривать всю информацию в кабинете", "просматривать и менять цены"]);
    }
}
