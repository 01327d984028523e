//! The seed, sentence by sentence: from signing in to a call with the token, done as a person does it.

use std::process::Command;

use super::site::{PASSWORD, Site};
use super::window::{Browser, DESK};

/// Signs in on the page that is open.
#[track_caller]
pub(crate) fn sign_in(browser: &Browser<'_>, login: &str, password: &str) {
    browser.fill("Login or e-mail", login);
    browser.fill("Password", password);
    browser.press("Sign in");
}

/// The walk keeps a picture of each step.
struct Walk<'a> {
    browser: Browser<'a>,
    steps: std::cell::Cell<u32>,
}

impl Walk<'_> {
    #[track_caller]
    fn picture(&self, name: &str) {
        self.steps.set(self.steps.get() + 1);
        self.browser.keep_picture(&format!("seed-{:02}-{name}", self.steps.get()), DESK);
    }
}

/// What `curl` prints: the status in front of the body.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .output()
        .expect("curl is there wherever packages are installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_seed_from_sign_in_to_a_working_curl() {
    let site = Site::new();
    let walk = Walk { browser: Browser::new(&site), steps: 0.into() };
    let browser = &walk.browser;

    // 1. Log in to the account; 2. open the page /client/new.
    browser.go("/client/new");
    browser.arrives("/login");
    walk.picture("sign-in");
    sign_in(browser, "owner", PASSWORD);
    browser.arrives("/client/new");
    // 3. The name; 4. no icon; 5. the platform.
    browser.fill("The name of your service", "Выгрузка цен «Ёлки»");
    browser.tick("Web services");
    // 6. The helper of the field Redirect URI.
    browser.press("Substitute the URL for debugging");
    let debug_url = site.url("/verification_code");
    browser.shows_value("input[name=redirect_uri]", &debug_url);
    // 7. Access to data.
    browser.type_into("input[type=search]", "market:partner-api");
    browser.sees("Product search for partners");
    walk.picture("access-to-data");
    browser.click("[role=option]");
    // 8. The e-mail; 9. create.
    browser.fill("Contact email", "shop@example.org");
    walk.picture("form");
    browser.press("Create an application");
    browser.sees("Shown only this once.");
    walk.picture("created");
    site.keep(&browser.text_of(".secret-value"));

    // 1. Open the list and click on the application; 2. copy its ClientID.
    browser.go("/");
    walk.picture("applications");
    browser.press("Выгрузка цен «Ёлки»");
    browser.sees("ClientID");
    walk.picture("application");
    let client_id = browser.path().strip_prefix("/client/").unwrap().to_owned();
    assert_eq!(browser.value_like(|value| value.len() == 32), client_id);
    // 3. Insert the identifier into the link.
    browser.go(&format!("/authorize?response_type=token&client_id={client_id}"));
    // 4. Confirm.
    browser.sees("Allow Выгрузка цен «Ёлки» access?");
    let consent = browser.text();
    for part in ["shop@example.org", "Ёлки и палки", "Север", "Юг", "a year", "This is the old way"]
    {
        assert!(consent.contains(part), "{part} is not in {consent}");
    }
    walk.picture("consent");
    browser.requests();
    browser.press("Allow access");
    // 5. See the token; copy it.
    browser.sees("Your token");
    let token = browser.value_like(|value| value.starts_with("y0_"));
    site.keep(&token);
    walk.picture("token");
    assert_eq!(browser.address(), debug_url, "the token is out of the address bar");
    browser.asked_without(&token);
    // It is not in the history either.
    browser.back();
    browser.script("history.forward()", Vec::new());
    browser.sees("There is nothing to show");
    assert!(!browser.source().contains(&token));

    // Use it.
    let header = format!("Authorization: Bearer {token}");
    let answer = curl(&["--header", &header, &site.url("/v2/campaigns")]);
    assert!(answer.ends_with("\n200") && answer.contains("Север") && answer.contains("Юг"), "{answer}");
    assert!(curl(&[&site.url("/v2/campaigns")]).ends_with("\n401"), "without a token");
    // Another time the same token comes without a question.
    browser.go(&format!("/authorize?response_type=token&client_id={client_id}"));
    browser.sees("Your token");
    assert_eq!(browser.value_like(|value| value.starts_with("y0_")), token);
    // The page says how to send it, and the line it gives works as it stands.
    let line = browser.value_like(|value| value.starts_with("curl "));
    let said = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stdout).contains("Север"), "{line}: {said:?}");
}
