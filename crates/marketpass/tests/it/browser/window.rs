//! A browser with one window, and a profile that nobody used before.
//!
//! Owns the words in which tests tell it what a person does. Must never wait for nothing: what is not there after all
//! patience fails the test.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Method;
use mp_testkit::chromium::ARGUMENTS;
use mp_testkit::{ChromeDriver, PATIENCE, happens};
use serde_json::{Value, json};
use thirtyfour::common::command::{Command, ExtensionCommand};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Capabilities, WebDriver, WebElement};
use tokio::runtime::{Builder, Runtime};

use super::site::Site;

/// How a person sees the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// `en` or `ru`, as the browser asks for it.
    pub(crate) language: &'static str,
    /// `light` or `dark`.
    pub(crate) scheme: &'static str,
    /// In CSS pixels.
    pub(crate) width: u32,
}

/// What tests use where the look does not matter.
pub(crate) const DESK: Look = Look { language: "en", scheme: "light", width: 1280 };

/// One browser.
pub(crate) struct Browser<'a> {
    pub(crate) site: &'a Site,
    runtime: Runtime,
    driver: WebDriver,
}

/// A command that only Chromium's driver knows.
#[derive(Debug)]
struct Extra {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl ExtensionCommand for Extra {
    fn parameters_json(&self) -> Option<Value> {
        self.body.clone()
    }

    fn method(&self) -> Method {
        self.method.clone()
    }

    fn endpoint(&self) -> Arc<str> {
        self.path.as_str().into()
    }
}

impl<'a> Browser<'a> {
    /// A browser of somebody who has never been here.
    pub(crate) fn new(site: &'a Site) -> Self {
        Self::with(site, &json!({}))
    }

    /// One in which nothing of JavaScript runs.
    pub(crate) fn without_javascript(site: &'a Site) -> Self {
        Self::with(site, &json!({"profile.managed_default_content_settings.javascript": 2}))
    }

    fn with(site: &'a Site, preferences: &Value) -> Self {
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": ARGUMENTS, "prefs": preferences},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = runtime.block_on(WebDriver::new(ChromeDriver::shared().url(), capabilities)).unwrap();
        let browser = Self { site, runtime, driver };
        browser.look(DESK);
        browser
    }

    #[track_caller]
    fn wait<T>(&self, answer: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(answer).unwrap_or_else(|error| panic!("{error}\n{}", self.shown()))
    }

    /// Where the browser is and what it shows, for messages.
    fn shown(&self) -> String {
        let url = self.runtime.block_on(self.driver.current_url()).map(|url| url.to_string());
        let text = self.runtime.block_on(self.readable());
        format!("at {}\n{}", url.unwrap_or_default(), text.unwrap_or_default())
    }

    /// Sends a command of Chromium's driver.
    #[track_caller]
    pub(crate) fn extra(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let command = Extra { method, path: path.to_owned(), body };
        let answer = self.wait(self.driver.handle().cmd(Command::ExtensionCommand(Box::new(command))));
        answer.value_json().unwrap()
    }

    /// Sends a command of the `DevTools` protocol.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.extra(Method::POST, "/goog/cdp/execute", Some(body))
    }

    /// Has another language, colour scheme and width from the next page on.
    pub(crate) fn look(&self, look: Look) {
        let headers = json!({"headers": {"Accept-Language": look.language}});
        self.devtools("Network.setExtraHTTPHeaders", &headers);
        // Without motion: a picture shows colours as they are in the end.
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": look.scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", &media);
        self.size(look.width, 900);
    }

    fn size(&self, width: u32, height: u64) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Types an address, or a path of the site.
    #[track_caller]
    pub(crate) fn go(&self, address: &str) {
        let address = if address.starts_with('/') { self.site.url(address) } else { address.to_owned() };
        self.wait(self.driver.goto(address));
    }

    /// Presses *Back*.
    #[track_caller]
    pub(crate) fn back(&self) {
        self.wait(self.driver.back());
    }

    /// The address bar.
    #[track_caller]
    pub(crate) fn address(&self) -> String {
        self.wait(self.driver.current_url()).to_string()
    }

    /// The path and query of the address bar.
    #[track_caller]
    pub(crate) fn path(&self) -> String {
        let address = self.address();
        address.strip_prefix(&self.site.base).map_or(address.clone(), str::to_owned)
    }

    /// What a person can read.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        self.wait(async { self.driver.find(By::Tag("body")).await?.text().await })
    }

    /// The page as the browser has it.
    #[track_caller]
    pub(crate) fn source(&self) -> String {
        self.wait(self.driver.source())
    }

    /// Waits until the page says something.
    #[track_caller]
    pub(crate) fn sees(&self, part: &str) {
        let mut text = String::new();
        let found = || {
            text = self.runtime.block_on(self.readable()).unwrap_or_default();
            text.contains(part)
        };
        assert!(happens(PATIENCE, found), "{part:?} is not to be seen\n{}", self.shown());
    }

    async fn readable(&self) -> WebDriverResult<String> {
        self.driver.find(By::Tag("body")).await?.text().await
    }

    /// Waits until the address bar begins with a path of the site.
    #[track_caller]
    pub(crate) fn arrives(&self, path: &str) {
        let there = || self.path().starts_with(path);
        assert!(happens(PATIENCE, there), "not at {path}\n{}", self.shown());
    }

    /// Waits until the address bar no longer begins with a path of the site.
    #[track_caller]
    pub(crate) fn leaves(&self, path: &str) {
        let gone = || !self.path().starts_with(path);
        assert!(happens(PATIENCE, gone), "still at {path}\n{}", self.shown());
    }

    /// The first element that matches, which must come soon.
    #[track_caller]
    pub(crate) fn find(&self, by: &By) -> WebElement {
        let mut found = None;
        let look = || {
            found = self.runtime.block_on(self.driver.find(by.clone())).ok();
            found.is_some()
        };
        assert!(happens(PATIENCE, look), "{by:?} is not there\n{}", self.shown());
        found.unwrap()
    }

    /// Whether anything matches right now.
    #[track_caller]
    pub(crate) fn has(&self, css: &str) -> bool {
        !self.wait(self.driver.find_all(By::Css(css))).is_empty()
    }

    /// Waits until nothing matches, as on the page after the one with the form.
    #[track_caller]
    pub(crate) fn lacks(&self, css: &str) {
        let gone = || !self.has(css);
        assert!(happens(PATIENCE, gone), "{css} is still there\n{}", self.shown());
    }

    /// Presses a button or follows a link, by what it says.
    #[track_caller]
    pub(crate) fn press(&self, name: &str) {
        let says = format!(
            "[not(@aria-hidden)][normalize-space(.)={0} or @aria-label={0} or .//text()[normalize-space(.)={0}]]",
            quoted(name)
        );
        let by = By::XPath(format!("//button{says} | //a{says} | //summary{says}"));
        self.wait(self.find(&by).click());
    }

    /// Clicks on the first element that matches.
    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.wait(self.find(&By::Css(css)).click());
    }

    /// The control that a label belongs to.
    #[track_caller]
    fn control(&self, label: &str) -> WebElement {
        let says = format!("//label[starts-with(normalize-space(.),{})]", quoted(label));
        self.find(&By::XPath(format!("//*[@id={says}/@for] | {says}//input | {says}//select")))
    }

    /// Types into a field, by its label, in place of what is there. What a password field gets is a secret from now on.
    #[track_caller]
    pub(crate) fn fill(&self, label: &str, text: &str) {
        let control = self.control(label);
        if self.wait(control.attr("type")).as_deref() == Some("password") {
            self.site.keep(text);
        }
        self.wait(control.clear());
        self.wait(control.send_keys(text));
    }

    /// Types into the field of the page's form that is sent under this name.
    #[track_caller]
    pub(crate) fn enter(&self, field: &str, text: &str) {
        if ["password", "current", "new"].contains(&field) {
            self.site.keep(text);
        }
        let control = self.find(&By::Css(format!("main [name='{field}']")));
        self.wait(control.clear());
        self.wait(control.send_keys(text));
    }

    /// Presses the main button of the page's form.
    #[track_caller]
    pub(crate) fn send(&self) {
        self.click("main form button.button, main form button.danger-button");
    }

    /// Types without clearing, as one does into a search field, and leaves the focus there.
    #[track_caller]
    pub(crate) fn type_into(&self, css: &str, text: &str) {
        self.wait(self.find(&By::Css(css)).send_keys(text));
    }

    /// Ticks a box or a choice, by its label, unless it is ticked.
    #[track_caller]
    pub(crate) fn tick(&self, label: &str) {
        let control = self.control(label);
        if !self.wait(control.is_selected()) {
            self.wait(control.click());
        }
    }

    /// The text of the first element that matches.
    #[track_caller]
    pub(crate) fn text_of(&self, css: &str) -> String {
        self.wait(self.find(&By::Css(css)).text())
    }

    /// The texts of all elements that match.
    #[track_caller]
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())";
        serde_json::from_value(self.script(script, vec![css.into()])).unwrap()
    }

    /// An attribute of the first element that matches.
    #[track_caller]
    pub(crate) fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.wait(self.find(&By::Css(css)).attr(name))
    }

    /// Waits until a field has a value.
    #[track_caller]
    pub(crate) fn shows_value(&self, css: &str, value: &str) {
        let shows = || {
            self.script(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.value)",
                vec![css.into()],
            )
        };
        let holds = || shows().as_array().is_some_and(|values| values.contains(&value.into()));
        assert!(happens(PATIENCE, holds), "{css} has no value {value}\n{}", self.shown());
    }

    /// The first copyable value on the page that is such: in a field, or in a line of code.
    #[track_caller]
    pub(crate) fn value_like(&self, is_such: impl Fn(&str) -> bool) -> String {
        let all = "return [...document.querySelectorAll('input, textarea, output, code, pre')].map(e => e.value ?? e.textContent)";
        let values = self.script(all, Vec::new());
        let mut values = values.as_array().unwrap().iter().filter_map(Value::as_str);
        let found = values.find(|value| is_such(value.trim()));
        found.unwrap_or_else(|| panic!("no such value\n{}", self.shown())).trim().to_owned()
    }

    /// Runs a test's own script, whatever the page's policy says.
    #[track_caller]
    pub(crate) fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(self.driver.execute(script, arguments)).json().clone()
    }

    /// The same for a script that calls its last argument when it is done.
    #[track_caller]
    pub(crate) fn script_with_callback(&self, script: &str) -> Value {
        self.wait(self.driver.execute_async(script, Vec::new())).json().clone()
    }

    /// Everything requested since the last call, with what the browser says of each request that it sent: the part of
    /// an address behind the # stays with it.
    #[track_caller]
    pub(crate) fn requests(&self) -> Vec<Value> {
        let log = self.wait(self.driver.get_log("performance"));
        let messages = log.iter().map(|entry| serde_json::from_str::<Value>(&entry.message).unwrap());
        let events = messages.map(|mut message| message["message"].take());
        let sent = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        let requests = sent.map(|mut event| event["params"]["request"].take());
        let without_fragment = |mut request: Value| {
            request.as_object_mut().unwrap().remove("urlFragment");
            request
        };
        requests.map(without_fragment).collect()
    }

    /// Asserts that nothing was requested since the last call but what this site has, and says how much it was.
    #[track_caller]
    pub(crate) fn asked_nobody_else(&self) -> usize {
        let requests = self.requests();
        for request in &requests {
            let url = request["url"].as_str().unwrap();
            let is_here = url.starts_with(&format!("{}/", self.site.base)) || url.starts_with("data:");
            assert!(is_here, "the page asked {url}");
        }
        requests.len()
    }

    /// Asserts that no request since the last call carried a secret, in its address, its headers or its body.
    #[track_caller]
    pub(crate) fn asked_without(&self, secret: &str) {
        let requests = self.requests();
        assert!(!requests.is_empty(), "nothing was requested at all");
        for request in requests {
            assert!(!request.to_string().contains(secret), "{request}");
        }
    }

    /// Asserts that the console is empty but for pages that are errors on purpose: no script failed, and the content
    /// security policy had nothing to refuse.
    #[track_caller]
    pub(crate) fn complained_about_nothing(&self) {
        for entry in self.wait(self.driver.get_log("browser")) {
            let is_status = entry.message.contains("the server responded with a status of");
            assert!(is_status, "the console says {}", entry.message);
        }
    }

    /// All cookies of the site, as the browser keeps them; their values are secrets from now on.
    #[track_caller]
    pub(crate) fn cookies(&self) -> Vec<Value> {
        let mut answer = self.devtools("Network.getCookies", &json!({"urls": [self.site.base]}));
        let cookies: Vec<Value> = serde_json::from_value(answer["cookies"].take()).unwrap();
        for cookie in &cookies {
            self.site.keep(cookie["value"].as_str().unwrap());
        }
        cookies
    }

    /// The value of the session's cookie.
    #[track_caller]
    pub(crate) fn session(&self) -> Option<String> {
        let cookies = self.cookies();
        let session = cookies.iter().find(|cookie| cookie["name"] == "marketpass")?;
        session["value"].as_str().map(str::to_owned)
    }

    /// Is a browser that nobody has used, as far as cookies tell.
    #[track_caller]
    pub(crate) fn forget_cookies(&self) {
        self.cookies();
        self.devtools("Network.clearBrowserCookies", &json!({}));
    }

    /// Puts a cookie into the browser, as a thief would.
    #[track_caller]
    pub(crate) fn put_session(&self, value: &str) {
        let cookie = json!({"url": self.site.base, "name": "marketpass", "value": value, "httpOnly": true});
        self.devtools("Network.setCookie", &cookie);
    }

    /// Keeps a picture of the whole page as `target/screenshots/NAME-LANGUAGE-SCHEME-WIDTH.png`.
    #[track_caller]
    pub(crate) fn keep_picture(&self, name: &str, look: Look) {
        let height = self.script("return document.documentElement.scrollHeight", Vec::new());
        self.size(look.width, height.as_u64().unwrap().clamp(600, 8000));
        let Look { language, scheme, width } = look;
        let path = pictures().join(format!("{name}-{language}-{scheme}-{width}.png"));
        self.wait(self.driver.screenshot(&path));
        self.size(look.width, 900);
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        // The site learns the cookies that must not be found in its logs, even those nobody asked about.
        if !std::thread::panicking() {
            self.cookies();
        }
        // A browser that is gone already needs no end.
        let _ = self.runtime.block_on(self.driver.clone().quit());
    }
}

/// A text in `XPath`.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "XPath has no escapes");
    format!("\"{text}\"")
}

/// Where pictures are kept.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
