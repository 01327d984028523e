//! People with browsers and a mailbox.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mp_domain::account::Account;
use mp_domain::secret::PlainSecret;
use mp_mail::{FolderMailer, Stationery};
use mp_service::sign_in::{SignInError, SignInOutcome};
use mp_service::{Browser, Cookies, Language, Service, ServiceParts, SignUp, SignedIn};
use mp_store::Store;
use mp_testkit::SeededEntropy;
use totp_rs::{Builder, Secret};

use crate::world::{PUBLIC_URL, World, peppers};

/// The password of everybody at first.
pub(crate) const PASSWORD: &str = "a long password";

/// A world whose letters arrive in a folder, with use cases on it. `olga` is one of its people.
pub(crate) struct People {
    pub(crate) world: World,
    pub(crate) service: Service,
}

impl People {
    pub(crate) async fn new() -> Self {
        Self::with(SignUp::Closed).await
    }

    pub(crate) async fn with(sign_up: SignUp) -> Self {
        let world = World::new().await;
        let service = service(&world, 2, &[1], sign_up);
        world.account(&service, "olga").await;
        Self { world, service }
    }

    /// Use cases of another process.
    pub(crate) fn another(&self, seed: u64, numbers: &[u8]) -> Service {
        service(&self.world, seed, numbers, SignUp::Closed)
    }

    pub(crate) async fn sign_in(
        &self,
        browser: &Browser<'_>,
        name: &str,
        password: &str,
    ) -> Result<SignInOutcome, SignInError> {
        self.service.sign_in(browser, name, plain(password)).await
    }

    /// Signs olga in where that needs no second factor.
    pub(crate) async fn enter(&self) -> Cookies {
        match self.sign_in(&home(), "olga", PASSWORD).await {
            Ok(SignInOutcome::SignedIn(cookies)) => cookies,
            Ok(SignInOutcome::SecondFactorNeeded(_)) => panic!("a second factor is asked for"),
            Err(error) => panic!("{error}"),
        }
    }

    /// Signs olga in as far as the password leads where a second factor is on.
    pub(crate) async fn knock(&self) -> SignedIn {
        match self.sign_in(&home(), "olga", PASSWORD).await {
            Ok(SignInOutcome::SecondFactorNeeded(cookies)) => self.who(&cookies).await,
            Ok(SignInOutcome::SignedIn(_)) => panic!("no second factor is asked for"),
            Err(error) => panic!("{error}"),
        }
    }

    /// Whose cookie it is, which must be alive.
    pub(crate) async fn who(&self, cookies: &Cookies) -> SignedIn {
        self.find(cookies).await.expect("the session is alive")
    }

    pub(crate) async fn find(&self, cookies: &Cookies) -> Option<SignedIn> {
        self.service.session(cookies.session.expose(), &home()).await.unwrap()
    }

    pub(crate) async fn olga(&self) -> Account {
        let everybody = self.service.list_accounts().await.unwrap();
        everybody.into_iter().find(|account| account.login.as_str() == "olga").unwrap()
    }

    fn mailbox(&self) -> PathBuf {
        self.world.folder().join("letters")
    }

    /// The letters that have arrived, oldest first: all headers and the readable text.
    pub(crate) fn letters(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.mailbox()) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut whole: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
        whole.sort();
        whole.iter().map(|path| readable(&std::fs::read_to_string(path).unwrap())).collect()
    }

    /// Waits for that many letters; they travel behind the answer.
    pub(crate) async fn letters_after(&self, count: usize) -> Vec<String> {
        let deadline = std::time::Instant::now() + mp_testkit::PATIENCE;
        while self.letters().len() < count {
            assert!(std::time::Instant::now() < deadline, "{} letters of {count}", self.letters().len());
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.letters()
    }

    /// The token of the link in the newest of `count` letters.
    pub(crate) async fn token_in_letter(&self, count: usize, path: &str) -> String {
        let letters = self.letters_after(count).await;
        let start = format!("{PUBLIC_URL}{path}");
        let newest = letters.iter().rfind(|letter| letter.contains(&start)).unwrap();
        let (_, rest) = newest.split_once(&start).unwrap();
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
    }
}

pub(crate) fn service(world: &World, seed: u64, numbers: &[u8], sign_up: SignUp) -> Service {
    let (clock, entropy) = (Arc::clone(&world.clock), Arc::new(SeededEntropy::new(seed * 1000)));
    let stationery = Stationery {
        from: "noreply@example.org".parse().unwrap(),
        clock: Arc::clone(&clock) as _,
        entropy: Arc::new(SeededEntropy::new(seed * 1000 + 1)),
    };
    Service::new(ServiceParts {
        store: Store::open(&world.url).unwrap(),
        peppers: peppers(numbers),
        format: mp_domain::key_token::TokenFormat::default(),
        clock,
        entropy,
        mailer: Some(Arc::new(FolderMailer::new(world.folder().join("letters"), stationery))),
        public_url: PUBLIC_URL.to_owned(),
        sign_up,
    })
}

pub(crate) fn plain(text: &str) -> PlainSecret {
    PlainSecret::new(text.to_owned())
}

/// Olga's own browser, before it is known.
pub(crate) fn home() -> Browser<'static> {
    from([192, 0, 2, 1])
}

/// A browser that nobody knows.
pub(crate) fn from(address: [u8; 4]) -> Browser<'static> {
    let address = IpAddr::V4(Ipv4Addr::from(address));
    Browser { address, user_agent: "Firefox", known: None, language: Language::English }
}

/// The same browser with what it was given to be known by.
pub(crate) fn known<'a>(browser: Browser<'a>, cookies: &'a Cookies) -> Browser<'a> {
    Browser { known: cookies.known.as_ref().map(PlainSecret::expose), ..browser }
}

/// The code of a shared secret at a moment, so many steps later.
pub(crate) fn code(people: &People, secret_base32: &str, steps: i64) -> String {
    use mp_domain::time::Clock;
    let secret = Secret::try_from_base32(secret_base32).unwrap();
    let codes = Builder::new().with_secret(secret).build().unwrap();
    let at = people.world.clock.now().seconds() + 30 * steps;
    codes.generate(u64::try_from(at).unwrap()).to_string()
}

/// A message with its body decoded (RFC 2045 §6).
fn readable(message: &str) -> String {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let encoding = head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "));
    let text = match encoding {
        Some("base64") => STANDARD.decode(body.replace("\r\n", "")).unwrap(),
        Some("quoted-printable") => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    format!("{head}\n\n{}", String::from_utf8(text).unwrap())
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let body = body.replace("=\r\n", "");
    let mut parts = body.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    bytes
}
