//! What a person can allow an application: rights of OAuth, `<group>:<right>` (yandex-oauth §2.7).
//!
//! Owns the known rights, how long a token with them lives, and sets of them. Must never describe a right in words: the
//! pages do, in each language.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::spelling::spelled_enum;

spelled_enum!(
    /// One right (`scope-token`, RFC 6749 §3.3).
    #[derive(PartialOrd, Ord)]
    #[repr(u8)]
    OAuthScope, UnknownOAuthScope, "scope", {
        /// The whole seller API, as far as the person reaches.
        MarketPartnerApi = "market:partner-api",
        /// Login, names and sex.
        LoginInfo = "login:info",
        /// E-mail addresses.
        LoginEmail = "login:email",
        /// The picture.
        LoginAvatar = "login:avatar",
        /// The date of birth.
        LoginBirthday = "login:birthday",
        /// The telephone number.
        LoginDefaultPhone = "login:default_phone",
    }
);

impl OAuthScope {
    /// Every known right.
    pub const ALL: [Self; 6] = [
        Self::MarketPartnerApi,
        Self::LoginInfo,
        Self::LoginEmail,
        Self::LoginAvatar,
        Self::LoginBirthday,
        Self::LoginDefaultPhone,
    ];

    /// The part before the colon: the form for user authorization allows rights of three groups (yandex-oauth §2.2).
    #[must_use]
    pub fn group(self) -> &'static str {
        self.as_str().split_once(':').map_or(self.as_str(), |(group, _)| group)
    }

    /// How long a token with the right lives (product.md §3.11).
    #[must_use]
    pub fn lifetime(self) -> Duration {
        Duration::from_secs(31_536_000)
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OAuthScopes(u16);

impl OAuthScopes {
    /// The set stored as these bits; bits that name no right are dropped.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & ((1 << OAuthScope::ALL.len()) - 1))
    }

    /// The bits to store: bit `n` is the `n`-th right of [`OAuthScope::ALL`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `scope` is in it.
    #[must_use]
    pub const fn contains(self, scope: OAuthScope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// Whether everything in it is in `other` too.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The rights in it, in the order of [`OAuthScope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = OAuthScope> {
        OAuthScope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// How long a token with these rights lives: the shortest decides (yandex-oauth §8.2). Nothing lives no time.
    #[must_use]
    pub fn lifetime(self) -> Duration {
        self.iter().map(OAuthScope::lifetime).min().unwrap_or(Duration::ZERO)
    }
}

impl FromIterator<OAuthScope> for OAuthScopes {
    fn from_iter<I: IntoIterator<Item = OAuthScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u16))
    }
}

impl FromStr for OAuthScopes {
    type Err = UnknownOAuthScope;

    /// Reads rights separated by spaces (RFC 6749 §3.3); commas separate nothing (yandex-oauth §3.1).
    fn from_str(text: &str) -> Result<Self, UnknownOAuthScope> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for OAuthScopes {
    /// Separated by spaces (RFC 6749 §3.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(OAuthScope::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

impl Serialize for OAuthScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_list_is_the_order_of_the_bits() {
        for (place, scope) in OAuthScope::ALL.into_iter().enumerate() {
            assert_eq!(OAuthScopes::from_iter([scope]).bits(), 1 << place, "{scope}");
        }
    }

    #[test]
    fn rights_are_separated_by_spaces_and_not_by_commas() {
        let both: OAuthScopes = "login:info  market:partner-api".parse().expect("two rights");
        assert_eq!(both.to_string(), "market:partner-api login:info");
        assert_eq!("".parse(), Ok(OAuthScopes::default()));
        assert!("login:info,login:email".parse::<OAuthScopes>().is_err());
    }

    #[test]
    fn the_group_is_what_stands_before_the_colon() {
        assert_eq!(OAuthScope::MarketPartnerApi.group(), "market");
        assert_eq!(OAuthScope::LoginDefaultPhone.group(), "login");
    }
}
