//! Every setting by name, with what it is for.
//!
//! Owns the list that `config show` prints and that a mistyped name is compared with. Must never hold a value.

use toml::Value;

/// What a value is, whatever it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A number, whole or not.
    Number,
    /// A list of texts.
    List,
    /// Yes or no.
    Switch,
}

impl Kind {
    /// Whether a value is of this kind.
    #[must_use]
    pub(crate) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_str(),
            Self::Number => value.is_integer() || value.is_float(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_str)),
            Self::Switch => value.is_bool(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::List => "list",
            Self::Switch => "switch",
        }
    }
}

/// A setting: a name in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    /// `section.key`, as in `marketpass.toml`.
    pub(crate) name: &'static str,
    /// What its values are.
    pub(crate) kind: Kind,
    /// What a value looks like.
    example: &'static str,
}

macro_rules! settings {
    ($($name:literal: $kind:ident, $example:literal;)+) => {
        /// All of them, in the order in which they are shown.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting { name: $name, kind: Kind::$kind, example: $example }),+];
    };
}

settings! {
    "http.listen": Text, "for example \"127.0.0.1:8080\"";
    "http.public_url": Text, "for example \"https://auth.example.org\"";
    "http.trusted_proxies": List, "for example [\"10.0.0.0/8\"]";
    "http.tls_certificate": Text, "for example \"/etc/marketpass/tls.pem\"";
    "http.tls_key": Text, "for example \"/etc/marketpass/tls.key\"";
    "api.listen": Text, "for example \"127.0.0.1:8081\"";
    "api.tls_certificate": Text, "for example \"/etc/marketpass/tls.pem\"";
    "api.tls_key": Text, "for example \"/etc/marketpass/tls.key\"";
    "gateway.trusted": List, "for example [\"127.0.0.0/8\"]";
    "gateway.extauthz_listen": Text, "for example \"127.0.0.1:8082\"";
    "gateway.extauthz_tls_certificate": Text, "for example \"/etc/marketpass/tls.pem\"";
    "gateway.extauthz_tls_key": Text, "for example \"/etc/marketpass/tls.key\"";
    "gateway.upstream": Text, "for example \"http://127.0.0.1:9000\"";
    "gateway.upstream_authorities": Text, "for example \"/etc/marketpass/upstream-ca.pem\"";
    "gateway.preserve_host": Switch, "true or false";
    "ops.listen": Text, "for example \"127.0.0.1:8090\"";
    "database.url": Text, "\"sqlite:PATH\" or \"postgres://USER@HOST/DATABASE\"";
    "data.dir": Text, "for example \"./marketpass-data\"";
    "limits.scale": Number, "for example 1.0";
    "limits.standard_headers": Switch, "true or false";
    "keys.prefix": Text, "for example \"ACMA\"";
    "mail.from": Text, "for example \"marketpass <noreply@example.org>\"";
    "mail.smtp_url": Text, "for example \"smtps://USER:PASSWORD@smtp.example.org\"";
    "mail.folder": Text, "for example \"./letters\"";
    "accounts.sign_up": Text, "one of \"closed\", \"invitation\" and \"open\"";
    "log.level": Text, "one of \"error\", \"warn\", \"info\", \"debug\" and \"trace\"";
    "log.format": Text, "\"text\" or \"json\"";
}

impl Setting {
    /// The setting of that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        SETTINGS.iter().find(|setting| setting.name == name).copied()
    }

    /// The setting whose name is most like this one, if any is.
    #[must_use]
    pub(crate) fn nearest_to(name: &str) -> Option<Self> {
        SETTINGS
            .iter()
            .map(|setting| (strsim::normalized_damerau_levenshtein(setting.name, name), *setting))
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .filter(|(likeness, _)| *likeness >= 0.6)
            .map(|(_, setting)| setting)
    }

    /// What to write, as a sentence.
    #[must_use]
    pub(crate) fn expectation(self) -> String {
        format!("a {} is expected, {}", self.kind.name(), self.example)
    }

    /// Section and key.
    #[must_use]
    pub(crate) fn section_and_key(self) -> (&'static str, &'static str) {
        self.name.split_once('.').expect("every name in the list above has a dot")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_setting() {
        for (typed, meant) in
            [("http.lisen", "http.listen"), ("htpp.listen", "http.listen"), ("limits.scael", "limits.scale")]
        {
            assert_eq!(Setting::nearest_to(typed).unwrap().name, meant);
        }
        assert_eq!(Setting::nearest_to("redis.url"), None);
    }
}
