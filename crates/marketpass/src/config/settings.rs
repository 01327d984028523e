//! Every setting by name, with what it is for.
//!
//! Owns the list that `config show` prints and that a mistyped name is compared with. Must never hold a value.

/// A setting: a name in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    /// `section.key`, as in `marketpass.toml`.
    pub(crate) name: &'static str,
    /// What a value looks like.
    pub(crate) expected: &'static str,
}

macro_rules! settings {
    ($($name:literal: $expected:literal),+ $(,)?) => {
        /// All of them, in the order in which they are shown.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting { name: $name, expected: $expected }),+];
    };
}

settings! {
    "http.listen": "an address such as \"127.0.0.1:8080\"",
    "http.public_url": "a URL such as \"https://auth.example.org\"",
    "http.trusted_proxies": "a list of networks such as [\"10.0.0.0/8\"]",
    "api.listen": "an address such as \"127.0.0.1:8081\"",
    "ops.listen": "an address such as \"127.0.0.1:8090\"",
    "database.url": "\"sqlite:PATH\" or \"postgres://USER@HOST/DATABASE\"",
    "data.dir": "a folder such as \"./marketpass-data\"",
    "limits.scale": "a number above 0 such as 1.0",
    "keys.prefix": "capital letters and digits such as \"ACMA\"",
    "log.level": "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
    "log.format": "\"text\" or \"json\"",
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
