//! Refused calls, from the request that is refused to the page that says why.
//!
//! Owns making them as programs do. Must never write one behind the server's back.

use mp_testkit::eventually;

use super::pages::{inspect, owner};
use super::site::Site;
use super::window::DESK;
use crate::served::{plain, token};

/// Calls that are refused for different reasons; says the trace of the last.
fn refuse(site: &Site) -> String {
    let (cabinet, [store, _]) = (&site.cabinet, &site.cabinet.campaigns);
    let name = "Интеграция с учётной системой ".repeat(3);
    let key = cabinet.key(name.trim());
    let made = ["--name", "С сервера", "--scope", "pricing", "--allow-ip", "203.0.113.0/24"];
    let restricted = token(&cabinet.run(&["key", "create"], &made).json());
    let erp = token(&key);
    site.keep(&erp);
    site.keep(&restricted);
    let ask = |path: &str, token: &str| {
        site.ask(format!("GET /forward-auth/path{path} HTTP/1.1\r\nHost: x\r\nApi-Key: {token}\r\n\r\n"))
    };
    let know = || ask("/v2/campaigns", &restricted).status == 403;
    eventually("the keys are known", know);
    ask("/v2/campaigns/99/orders", &erp);
    ask(&format!("/v2/campaigns/{store}/orders/{}", "9".repeat(200)), &erp);
    cabinet.machine.run(&["key", "pause", "--key", key["id"].as_str().unwrap()]).text();
    let mut refused = site.ask(plain(&erp));
    eventually("the pause is in force", || {
        refused = site.ask(plain(&erp));
        refused.status == 403
    });
    let trace = refused.header("traceparent").unwrap().to_owned();
    eventually("the refusals are written", || {
        let found = cabinet.run(&["refusal", "list"], &["--trace", &trace]).json();
        !found.as_array().unwrap().is_empty()
    });
    trace
}

#[test]
fn pages_of_refused_calls_are_sound() {
    let site = Site::new();
    let (browser, _) = owner(&site);
    let path = format!("/cabinet/{}/refusals", site.cabinet.business);
    inspect(&browser, "refusals-none", &path);
    inspect(&browser, "refusals-own-none", "/account/refusals");
    let trace = refuse(&site);
    inspect(&browser, "refusals", &path);
    inspect(&browser, "refusals-wrong", &format!("{path}?trace=nonsense"));
    inspect(&browser, "refusals-not-found", &format!("{path}?trace={}", "1".repeat(32)));
    browser.look(DESK);
    browser.go(&path);
    browser.enter("trace", &trace);
    browser.click(".find button");
    browser.sees("The key was paused.");
}
