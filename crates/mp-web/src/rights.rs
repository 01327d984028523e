//! Rights of OAuth in words: what the forms offer, and what a person is asked to allow.
//!
//! Owns which message belongs to which right, and the search over them. Must never decide what a right opens.

use mp_domain::oauth_scope::{OAuthScope, OAuthScopes};

use crate::texts::{Language, Text};

/// A right for a page.
#[derive(Clone)]
pub(crate) struct Right {
    /// `market:partner-api`.
    pub(crate) code: &'static str,
    /// What it belongs to, and what it is: *Yandex.Market API / Product search for partners*.
    pub(crate) title: String,
    /// What the application will be able to do.
    pub(crate) sentence: String,
}

impl Right {
    /// The right in a language.
    pub(crate) fn new(language: Language, scope: OAuthScope) -> Self {
        let (title, sentence) = keys(scope);
        let group = Text::new(language, group(scope));
        Self {
            code: scope.as_str(),
            title: format!("{group} / {}", Text::new(language, title)),
            sentence: Text::new(language, sentence).to_string(),
        }
    }

    /// Every right of a set.
    pub(crate) fn all(language: Language, scopes: OAuthScopes) -> Vec<Self> {
        scopes.iter().map(|scope| Self::new(language, scope)).collect()
    }
}

/// The rights that a person may mean: every word typed stands in the code or in the title, in whichever language.
/// Nothing typed means all.
pub(crate) fn search(query: &str) -> OAuthScopes {
    let words: Vec<_> = query.split_whitespace().map(str::to_lowercase).collect();
    let means = |scope: &OAuthScope| {
        let titles = Language::ALL.map(|language| Right::new(language, *scope).title);
        let text = format!("{} {}", scope.as_str(), titles.join(" ")).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    OAuthScope::ALL.into_iter().filter(means).collect()
}

fn group(scope: OAuthScope) -> &'static str {
    match scope {
        OAuthScope::MarketPartnerApi => "scope-group-market",
        OAuthScope::LoginInfo
        | OAuthScope::LoginEmail
        | OAuthScope::LoginAvatar
        | OAuthScope::LoginBirthday
        | OAuthScope::LoginDefaultPhone => "scope-group-login",
    }
}

fn keys(scope: OAuthScope) -> (&'static str, &'static str) {
    match scope {
        OAuthScope::MarketPartnerApi => ("scope-market-partner-api", "scope-market-partner-api-sentence"),
        OAuthScope::LoginInfo => ("scope-login-info", "scope-login-info-sentence"),
        OAuthScope::LoginEmail => ("scope-login-email", "scope-login-email-sentence"),
        OAuthScope::LoginAvatar => ("scope-login-avatar", "scope-login-avatar-sentence"),
        OAuthScope::LoginBirthday => ("scope-login-birthday", "scope-login-birthday-sentence"),
        OAuthScope::LoginDefaultPhone => ("scope-login-default-phone", "scope-login-default-phone-sentence"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> String {
        search(query).to_string()
    }

    #[test]
    fn the_right_of_the_seller_api_is_found_by_code_and_title_in_both_languages() {
        for query in
            ["market:partner-api", "market", "yandex.market", "Product search", "партнёров", "ТОВАРОВ поиск"]
        {
            assert_eq!(found(query), "market:partner-api", "{query}");
        }
        let title = |language| Right::new(language, OAuthScope::MarketPartnerApi).title;
        assert_eq!(title(Language::English), "Yandex.Market API / Product search for partners");
        assert_eq!(title(Language::Russian), "API Яндекс.Маркета / Поиск товаров для партнёров");
    }

    #[test]
    fn an_empty_search_finds_everything_and_nonsense_nothing() {
        assert_eq!(search("  ").iter().count(), OAuthScope::ALL.len());
        assert_eq!(search("cloud_api:disk.read").iter().count(), 0);
    }
}
