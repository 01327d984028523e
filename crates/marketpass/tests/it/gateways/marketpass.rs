//! The marketpass that gateways ask: the real one, and one that says yes to everything.
//!
//! Owns what there is in it. Must never know a gateway.

use mp_testkit::upstream::{Answer, Received, Upstream};

use super::callers::Callers;
use crate::cabinet::{Cabinet, add_account};
use crate::running::Running;
use crate::served::{plain, token};
use crate::wire::Caller;

/// The real one, and who may call.
pub(crate) struct Marketpass {
    _cabinet: Cabinet,
    server: Running,
    pub(crate) callers: Callers,
}

impl Marketpass {
    pub(crate) fn new() -> Self {
        let cabinet = Cabinet::new();
        cabinet.machine.write("marketpass.toml", "[http]\ntrusted_proxies = [\"127.0.0.1\"]\n");
        let create = |name: &str, rest: &[&str]| {
            let words = [&["--name", name, "--scope", "pricing"], rest].concat();
            token(&cabinet.run(&["key", "create"], &words).json())
        };
        let key = create("anywhere", &[]);
        let key_from_here = create("here", &["--allow-ip", "127.0.0.2"]);
        let key_from_elsewhere = create("elsewhere", &["--allow-ip", "203.0.113.0/24"]);
        let machine = &cabinet.machine;
        add_account(machine, "neighbour");
        let json = |words: &str| machine.run(&words.split(' ').collect::<Vec<_>>()).json();
        let foreign_business = json("--json business create --name N --owner neighbour")["id"].to_string();
        let campaign = format!("--json campaign create --name N --business {foreign_business}");
        let foreign = json(&campaign)["id"].to_string();
        let neighbours_key =
            format!("--json key create --business {foreign_business} --name N --scope pricing");
        let spent_key = token(&json(&neighbours_key));
        let client =
            json("--json client create --owner owner --name ERP --email a@b --scope market:partner-api");
        let issue =
            format!("--json token issue --login owner --client {}", client["client_id"].as_str().unwrap());
        let token = json(&issue)["access_token"].as_str().unwrap().to_owned();
        let server = Running::serve(machine, &["--extauthz-listen", "127.0.0.1:0"]);
        let [own, _] = cabinet.campaigns.clone();
        let business = cabinet.business.clone();
        let callers = Callers {
            own,
            business,
            foreign,
            foreign_business,
            key,
            key_from_here,
            key_from_elsewhere,
            spent_key,
            token,
        };
        Self { _cabinet: cabinet, server, callers }
    }

    /// Where gateways ask.
    pub(crate) fn port(&self) -> u16 {
        self.port_of("listen")
    }

    /// Where Envoy asks over gRPC.
    pub(crate) fn grpc_port(&self) -> u16 {
        self.port_of("extauthz_listen")
    }

    fn port_of(&self, listener: &str) -> u16 {
        let address = self.server.said[listener].as_str().unwrap();
        address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Uses up the hour's calls of two methods, of the cabinet that has [`super::vectors::Credential::SpentKey`].
    pub(crate) fn spend(&self) {
        let mut caller = Caller::connect(self.server.said["listen"].as_str().unwrap());
        let key = &self.callers.spent_key;
        let question = format!(
            "POST /forward-auth/path/v2/categories/tree HTTP/1.1\r\nHost: x\r\nApi-Key: {key}\r\n\r\n"
        );
        for (call, limit) in [(plain(key), 100), (question, 50)] {
            let spends = |_: &usize| caller.ask(&call).status == 200;
            // A new hour may begin meanwhile.
            assert!((0..3 * limit).take_while(spends).count() >= limit);
        }
    }
}

/// One that allows whatever is described, and knows since when it is out of use, but of no end.
pub(crate) fn allowing_everything() -> Upstream {
    Upstream::start(|question| {
        let headers = [
            ("X-Auth-Subject", "key:1"),
            ("X-Auth-Business", ""),
            ("X-Auth-Campaigns", "*"),
            ("X-Auth-Scope", "pricing"),
            ("X-Auth-Operation", "anything"),
            ("Deprecation", "@1800230400"),
        ];
        match described(question) {
            Some(_) => Answer::json(200, &headers, ""),
            None => Answer::json(400, &[("X-Auth-Status", "400")], "{}"),
        }
    })
}

/// The trace that [`refusing_once`] names at first.
pub(crate) const FIRST_TRACE: &str = "00-11111111111111111111111111111111-2222222222222222-01";

/// One that refuses whatever is asked about, and has this to say if it is asked for the refusal again.
pub(crate) fn refusing_once(status: u16, body: &'static str) -> Upstream {
    Upstream::start(move |question| match question.target.split_once('?') {
        Some((_, "refused")) => Answer::json(status, &[], body),
        _ => Answer::json(403, &[("X-Auth-Status", "420"), ("traceparent", FIRST_TRACE)], "{}"),
    })
}

/// Method and target of the request that a question is about.
pub(crate) fn described(question: &Received) -> Option<(String, String)> {
    let only = |name: &str| match question.all(name).as_slice() {
        [value] => Some((*value).to_owned()),
        _ => None,
    };
    match question.target.split('?').next()? {
        "/forward-auth/original" => Some((only("x-original-method")?, only("x-original-uri")?)),
        "/forward-auth/forwarded" => Some((only("x-forwarded-method")?, only("x-forwarded-uri")?)),
        _ => {
            let target = question.target.strip_prefix("/forward-auth/path")?;
            target.starts_with('/').then(|| (question.method.clone(), target.to_owned()))
        }
    }
}
