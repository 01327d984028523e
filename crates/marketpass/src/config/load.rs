//! Putting the sources together: a flag beats the environment, the environment beats the file.
//!
//! Owns that order and the checking of every single value. Must never stop at the first problem: whoever configures
//! wants to see all of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use mp_store::DatabaseUrl;
use serde::Deserialize;
use toml::{Table, Value};

use super::Config;
use super::layers::{self, Assignment, Source};
use super::problem::{Problem, Problems};
use super::settings::{Kind, Setting};

/// The file of the embedded database inside the data folder.
const EMBEDDED_FILE: &str = "marketpass.db";

/// A configuration, and who said what.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// What is in force.
    pub(crate) config: Config,
    sources: BTreeMap<&'static str, Source>,
}

impl Loaded {
    /// Where the value of a setting comes from.
    #[must_use]
    pub(crate) fn source_of(&self, name: &str) -> &Source {
        self.sources.get(name).unwrap_or(&Source::Default)
    }
}

/// What the flags of a command say: flag, name of the setting, value.
pub(crate) type Flags = Vec<(&'static str, &'static str, String)>;

/// Reads the file, then the environment, then the flags; the later beats the earlier.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: Flags,
) -> Result<Loaded, Problems> {
    combine(layers::read_file(file), environment, flags)
}

/// Reads the flags, and below them a file if one is named: nothing that merely lies about.
pub(crate) fn load_named(file: Option<&Path>, flags: Flags) -> Result<Loaded, Problems> {
    combine(file.map_or(Ok(Vec::new()), |file| layers::read_file(Some(file))), [], flags)
}

fn combine(
    file: Result<Vec<Assignment>, Problem>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: Flags,
) -> Result<Loaded, Problems> {
    let (mut said, mut problems) = match file {
        Ok(assignments) => (assignments, Vec::new()),
        Err(problem) => (Vec::new(), vec![problem]),
    };
    for assignment in layers::read_environment(environment) {
        match assignment {
            Ok(assignment) => said.push(assignment),
            Err(problem) => problems.push(problem),
        }
    }
    said.extend(flags.into_iter().map(|(flag, name, value)| Assignment {
        name: name.to_owned(),
        readings: vec![Value::String(value)],
        source: Source::Flag(flag),
    }));
    merge(said, problems)
}

fn merge(said: Vec<Assignment>, mut problems: Vec<Problem>) -> Result<Loaded, Problems> {
    let mut merged = Table::new();
    let mut sources = BTreeMap::new();
    for assignment in said {
        match accept(assignment) {
            Ok((setting, value, source)) => {
                put(&mut merged, setting, value);
                sources.insert(setting.name, source);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let mut config =
        Config::deserialize(merged).expect("every value was accepted alone, and none depends on another");
    let embedded = config.data.dir.join(EMBEDDED_FILE);
    config.database.url.get_or_insert_with(|| DatabaseUrl::sqlite(&embedded));
    let loaded = Loaded { config, sources };
    let mut contradictions = same_addresses(&loaded);
    contradictions.extend(mail_trouble(&loaded));
    contradictions.extend(tls_trouble(&loaded));
    contradictions.extend(upstream_trouble(&loaded));
    if contradictions.is_empty() { Ok(loaded) } else { Err(Problems(contradictions)) }
}

/// Letters that would go two ways, or to a mail server from nobody.
fn mail_trouble(loaded: &Loaded) -> Option<Problem> {
    let mail = &loaded.config.mail;
    let source = || loaded.source_of("mail.smtp_url").clone();
    match (&mail.smtp_url, &mail.folder) {
        (Some(_), Some(_)) => Some(Problem::two_ways_of_mail(source())),
        (Some(_), None) if loaded.source_of("mail.from") == &Source::Default => {
            Some(Problem::mail_from_nobody(source()))
        }
        _ => None,
    }
}

/// Certificates without a key, and keys without a certificate.
fn tls_trouble(loaded: &Loaded) -> Vec<Problem> {
    let Config { http, api, gateway, .. } = &loaded.config;
    let pairs = [
        ("http.tls_certificate", "http.tls_key", &http.tls_certificate, &http.tls_key),
        ("api.tls_certificate", "api.tls_key", &api.tls_certificate, &api.tls_key),
        (
            "gateway.extauthz_tls_certificate",
            "gateway.extauthz_tls_key",
            &gateway.extauthz_tls_certificate,
            &gateway.extauthz_tls_key,
        ),
    ];
    let lonely = pairs.into_iter().filter_map(|(certificate, key, given_certificate, given_key)| {
        match (given_certificate.is_some(), given_key.is_some()) {
            (true, false) => Some((certificate, key)),
            (false, true) => Some((key, certificate)),
            _ => None,
        }
    });
    lonely
        .map(|(named, missing)| Problem::half_of_a_pair(loaded.source_of(named).clone(), named, missing))
        .collect()
}

/// A service that nobody would reach.
fn upstream_trouble(loaded: &Loaded) -> Option<Problem> {
    let config = &loaded.config;
    let is_unreachable = config.gateway.upstream.is_some() && config.api.listen.is_none();
    is_unreachable.then(|| Problem::upstream_without_listener(loaded.source_of("gateway.upstream").clone()))
}

/// Listeners that would take each other's place. Any free port is never the same twice.
fn same_addresses(loaded: &Loaded) -> Vec<Problem> {
    let config = &loaded.config;
    let all = [
        ("http.listen", Some(config.http.listen)),
        ("api.listen", config.api.listen),
        ("ops.listen", Some(config.ops.listen)),
        ("gateway.extauthz_listen", config.gateway.extauthz_listen),
    ];
    let named: Vec<_> = all
        .into_iter()
        .filter_map(|(name, address)| Some((name, address?)))
        .filter(|(_, address)| address.socket_address().port() != 0)
        .collect();
    let mut problems = Vec::new();
    for (place, (other, taken)) in named.iter().enumerate() {
        for (name, address) in named[place + 1..].iter().filter(|(_, address)| address == taken) {
            // Whoever left one of them alone has to look at the other.
            let blamed = if loaded.source_of(name) == &Source::Default { other } else { name };
            problems.push(Problem::same_address(loaded.source_of(blamed).clone(), other, name, *address));
        }
    }
    problems
}

/// Checks one value as if it were the only one, so that a problem can be blamed on its source.
fn accept(assignment: Assignment) -> Result<(Setting, Value, Source), Problem> {
    let Assignment { name, readings, source } = assignment;
    let Some(setting) = Setting::named(&name) else {
        return Err(Problem::unknown_setting(source, &name));
    };
    let mut refusal = None;
    for value in readings.into_iter().map(|value| listed(setting, &source, value)) {
        if !setting.kind.admits(&value) {
            continue;
        }
        let mut alone = Table::new();
        put(&mut alone, setting, value.clone());
        match Config::deserialize(alone) {
            Ok(_) => return Ok((setting, value, source)),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(match refusal {
        Some(error) => Problem::invalid_value(source, setting, error.message()),
        None => Problem::wrong_kind(source, setting),
    })
}

/// A list in the environment may also be a text with commas; everything else is what it is.
fn listed(setting: Setting, source: &Source, value: Value) -> Value {
    match (setting.kind, source, value) {
        (Kind::List, Source::Environment(_), Value::String(text)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        (_, _, value) => value,
    }
}

fn put(table: &mut Table, setting: Setting, value: Value) {
    let (section, key) = setting.section_and_key();
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    section.as_table_mut().expect("only this function writes sections").insert(key.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::settings::SETTINGS;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(text: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("m.toml"), text).unwrap();
            Self(folder)
        }

        fn file(&self) -> PathBuf {
            self.0.path().join("m.toml")
        }
    }

    fn loaded(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Loaded, Problems> {
        let folder = Folder::with(file);
        load(Some(&folder.file()), variables.iter().map(|(k, v)| (k.into(), v.into())), flags)
    }

    fn problems(file: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let Problems(problems) = loaded(file, variables, Vec::new()).unwrap_err();
        problems
            .iter()
            .map(|p| p.to_string().split_once("m.toml").map_or(p.to_string(), |(_, t)| t.into()))
            .collect()
    }

    const SCALE: &str = "MARKETPASS__LIMITS__SCALE";

    #[test]
    fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
        let file = "[http]\nlisten = \"127.0.0.1:1\"\n[limits]\nscale = 3\n[keys]\nprefix = \"SHOP\"";
        let variables = [("MARKETPASS__HTTP__LISTEN", "127.0.0.1:2"), (SCALE, "4.5")];
        let loaded =
            loaded(file, &variables, vec![("--listen", "http.listen", "127.0.0.1:3".into())]).unwrap();
        assert_eq!(loaded.config.http.listen.socket_address().port(), 3);
        assert!((loaded.config.limits.scale.factor() - 4.5).abs() < f64::EPSILON);
        assert_eq!(loaded.config.keys.prefix.to_string(), "SHOP");
        assert_eq!(loaded.source_of("http.listen"), &Source::Flag("--listen"));
        assert_eq!(loaded.source_of("limits.scale").to_string(), SCALE);
        assert!(loaded.source_of("keys.prefix").to_string().ends_with("m.toml:6"));
        assert_eq!(loaded.source_of("log.level"), &Source::Default);
    }

    #[test]
    fn a_typo_is_named_with_its_place_and_the_nearest_name() {
        let found =
            problems("[http]\nlisen = \"x\"", &[("MARKETPASS__LIMIT__SCALE", "2"), ("MARKETPASS__X", "2")]);
        assert_eq!(found[0], ":2: there is no setting 'http.lisen': did you mean http.listen?");
        assert_eq!(
            found[1],
            "MARKETPASS__LIMIT__SCALE: there is no setting 'limit.scale': did you mean limits.scale?"
        );
        assert!(
            found[2]
                .ends_with("there is no setting 'x': `marketpass config show` lists the settings there are")
        );
    }

    #[test]
    fn a_wrong_value_is_blamed_on_its_source() {
        let found =
            problems("[log]\nlevel = \"loud\"\n[http]\ntrusted_proxies = \"10.0.0.0/8\"", &[(SCALE, "0")]);
        assert_eq!(
            found,
            [
                ":2: log.level has a wrong value: 'loud' is no weight: error, warn, info, debug or trace is expected",
                ":4: http.trusted_proxies: a list is expected, for example [\"10.0.0.0/8\"]",
                "MARKETPASS__LIMITS__SCALE: limits.scale has a wrong value: limits cannot be multiplied by 0: a number \
                 above 0 is expected",
            ]
        );
    }

    #[test]
    fn a_value_of_another_kind_is_told_what_is_expected() {
        let file = "[log]\nlevel = 5\n[data]\ndir = 1979-05-27\n[limits]\nscale = \"2\"\n[http]\ntrusted_proxies = [5]";
        assert_eq!(
            problems(file, &[(SCALE, "much")]),
            [
                ":2: log.level: a text is expected, one of \"error\", \"warn\", \"info\", \"debug\" and \"trace\"",
                ":4: data.dir: a text is expected, for example \"./marketpass-data\"",
                ":6: limits.scale: a number is expected, for example 1.0",
                ":8: http.trusted_proxies: a list is expected, for example [\"10.0.0.0/8\"]",
                "MARKETPASS__LIMITS__SCALE: limits.scale: a number is expected, for example 1.0",
            ]
        );
    }

    #[test]
    fn two_listeners_need_two_addresses() {
        let file = "[http]\nlisten = \"127.0.0.1:1\"\n[api]\nlisten = \"127.0.0.1:1\"";
        let [said] = &problems(file, &[])[..] else { panic!("one problem") };
        assert_eq!(
            said,
            ":4: http.listen and api.listen are both 127.0.0.1:1: give each an address or a port of its own"
        );
        let said = problems("[http]\nlisten = \"127.0.0.1:8090\"", &[]);
        assert!(said[0].starts_with(":2: http.listen and ops.listen are both 127.0.0.1:8090"), "{said:?}");
        let said = problems("[gateway]\nextauthz_listen = \"127.0.0.1:8080\"", &[]);
        assert!(said[0].starts_with(":2: http.listen and gateway.extauthz_listen are both"), "{said:?}");
        let any = "[http]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"";
        assert!(loaded(any, &[], Vec::new()).is_ok());
    }

    #[test]
    fn an_upstream_needs_an_origin_of_its_own() {
        let said = problems("[gateway]\nupstream = \"http://127.0.0.1:9000\"", &[]);
        assert_eq!(
            said,
            [
                ":2: gateway.upstream needs api.listen: what an upstream answers has to stay on an origin apart from the \
                 pages; set [api] listen or --api-listen"
            ]
        );
        let listen = [("MARKETPASS__API__LISTEN", "127.0.0.1:8081")];
        let file = "[gateway]\nupstream = \"https://market.example.org/v1/\"\npreserve_host = true";
        let shown = serde_json::to_value(loaded(file, &listen, Vec::new()).unwrap().config).unwrap();
        assert_eq!(shown["gateway"]["upstream"], "https://market.example.org/v1");
        assert_eq!(shown["gateway"]["preserve_host"], true);
        let said =
            problems("[gateway]\nupstream = \"http://olga:s3cret@host\"\npreserve_host = \"yes\"", &[]);
        assert!(
            said[0].contains("this is no address of an upstream") && !said[0].contains("s3cret"),
            "{said:?}"
        );
        assert_eq!(said[1], ":3: gateway.preserve_host: a switch is expected, true or false");
        let variable = [("MARKETPASS__GATEWAY__PRESERVE_HOST", "true")];
        assert!(loaded("", &variable, Vec::new()).unwrap().config.gateway.preserve_host);
    }

    #[test]
    fn a_certificate_needs_its_key() {
        let half =
            "[http]\ntls_key = \"k\"\n[api]\ntls_certificate = \"c\"\n[gateway]\nextauthz_tls_key = \"k\"";
        let said = problems(half, &[]);
        assert_eq!(
            said,
            [
                ":2: http.tls_key needs http.tls_certificate: TLS takes both",
                ":4: api.tls_certificate needs api.tls_key: TLS takes both",
                ":6: gateway.extauthz_tls_key needs gateway.extauthz_tls_certificate: TLS takes both",
            ]
        );
        let both = "[api]\ntls_certificate = \"c\"\ntls_key = \"k\"";
        assert!(loaded(both, &[], Vec::new()).is_ok());
        assert!(problems("[api]\ntls_key = \"\"", &[])[0].contains("it is empty: a file is expected"));
    }

    #[test]
    fn letters_go_one_way_and_come_from_somebody() {
        let server = "[mail]\nsmtp_url = \"smtps://olga:s3cret@smtp.example.org\"\n";
        let said = problems(server, &[]);
        assert_eq!(
            said,
            [":2: mail.smtp_url needs mail.from: mail servers take letters of addresses they know only"]
        );
        let from = [("MARKETPASS__MAIL__FROM", "marketpass <noreply@example.org>")];
        let config = loaded(server, &from, Vec::new()).unwrap().config;
        let shown = serde_json::to_value(config).unwrap();
        assert_eq!(shown["mail"]["smtp_url"], "smtps://olga:***@smtp.example.org:465");
        let said = problems(&format!("{server}folder = \"./letters\"\n"), &from);
        assert_eq!(said, [":2: mail.smtp_url and mail.folder are both set: letters go one way, remove one"]);
        let said = problems("[mail]\nsmtp_url = \"smtp://olga:s3cret@\"\nfrom = \"nobody\"", &[]);
        assert!(said.len() == 2 && !said.concat().contains("s3cret"), "{said:?}");
    }

    #[test]
    fn who_may_register_is_one_of_three() {
        let said = problems("[accounts]\nsign_up = \"anybody\"", &[]);
        assert_eq!(
            said,
            [
                ":2: accounts.sign_up has a wrong value: 'anybody' does not say who may register: closed, invitation or \
                 open is expected"
            ]
        );
        let config = loaded("[accounts]\nsign_up = \"open\"", &[], Vec::new()).unwrap().config;
        assert_eq!(serde_json::to_value(config).unwrap()["accounts"]["sign_up"], "open");
    }

    #[test]
    fn a_data_folder_has_a_name() {
        let said = problems("[data]\ndir = \"\"", &[]);
        assert_eq!(
            said,
            [
                ":2: data.dir has a wrong value: it is empty: a folder is expected, for example ./marketpass-data"
            ]
        );
    }

    #[test]
    fn a_list_in_the_environment_may_have_commas() {
        let proxies = |value| {
            let loaded = loaded("", &[("MARKETPASS__HTTP__TRUSTED_PROXIES", value)], Vec::new());
            loaded.map(|loaded| loaded.config.http.trusted_proxies.len()).map_err(|wrong| wrong.to_string())
        };
        assert_eq!(proxies("10.0.0.0/8, 192.168.0.0/16"), Ok(2));
        assert_eq!(proxies("10.0.0.0/8"), Ok(1));
        assert_eq!(proxies(""), Ok(0));
        assert!(proxies("10.0.0.0/8,office").unwrap_err().contains("'office' is no network"));
    }

    #[test]
    fn lists_and_numerals_come_through_the_environment() {
        let variables = [
            ("MARKETPASS__HTTP__TRUSTED_PROXIES", "[\"10.0.0.0/8\", \"::1\"]"),
            ("MARKETPASS__KEYS__PREFIX", "1234"),
            (SCALE, "1000"),
        ];
        let config = loaded("", &variables, Vec::new()).unwrap().config;
        assert_eq!(config.http.trusted_proxies.len(), 2);
        assert_eq!(config.keys.prefix.to_string(), "1234", "a prefix of digits is still a text");
    }

    #[test]
    fn the_embedded_database_lies_in_the_data_folder() {
        let config = loaded("[data]\ndir = \"/srv/mp\"", &[], Vec::new()).unwrap().config;
        assert_eq!(config.database_url().to_string(), "sqlite:/srv/mp/marketpass.db");
    }

    #[test]
    fn a_named_file_must_exist_and_a_password_is_not_repeated() {
        let missing = load(Some(Path::new("/nowhere/m.toml")), [], Vec::new()).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/m.toml cannot be read"), "{missing}");
        let found = problems("[database]\nurl = \"mysql://olga:s3cret@db\"", &[]);
        assert!(!found[0].contains("s3cret"), "{}", found[0]);
        let config =
            loaded("[database]\nurl = \"postgres://olga:s3cret@db/mp\"", &[], Vec::new()).unwrap().config;
        assert_eq!(serde_json::to_value(config).unwrap()["database"]["url"], "postgres://olga:***@db/mp");
    }

    #[test]
    fn the_list_of_settings_is_the_typed_configuration() {
        let shown = serde_json::to_value(Config::default()).unwrap();
        let mut typed: Vec<String> = shown
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(section, keys)| {
                keys.as_object().unwrap().keys().map(move |key| format!("{section}.{key}"))
            })
            .collect();
        let mut listed: Vec<String> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
        typed.sort();
        listed.sort();
        assert_eq!(typed, listed);
    }
}
