//! The pages in a browser that runs no script: only a passkey, and a token behind a #, need one.

use super::seed::sign_in;
use super::site::{PASSWORD, Site};
use super::window::Browser;

#[test]
fn an_application_is_registered_and_a_token_found_without_javascript() {
    let site = Site::new();
    let browser = Browser::without_javascript(&site);
    browser.go("/client/new");
    sign_in(&browser, "owner", PASSWORD);
    browser.arrives("/client/new");
    browser.fill("The name of your service", "Выгрузка");
    browser.tick("Web services");
    browser.press("Substitute the URL for debugging");
    browser.shows_value("input[name=redirect_uri]", &site.url("/verification_code"));
    browser.type_into("input[type=search]", "market:partner-api");
    browser.press("Search");
    browser.sees("1 access found");
    browser.tick("Yandex.Market API / Product search for partners");
    browser.fill("Contact email", "shop@example.org");
    browser.click(".actions button");
    browser.sees("Выгрузка has been created");
    site.keep(&browser.text_of(".secret-value"));
    let link = browser.value_like(|value| value.contains("/authorize?response_type=token&client_id="));
    browser.go(&link);
    browser.press("Allow access");
    browser.sees("Your browser does not run scripts");
    let address = browser.address();
    let token = address.split("access_token=").nth(1).unwrap().split('&').next().unwrap();
    assert_eq!(site.get("/v2/campaigns", token).status, 200, "{address}");
}

#[test]
fn a_key_is_created_and_deleted_without_javascript() {
    let site = Site::new();
    let browser = Browser::without_javascript(&site);
    browser.go(&format!("/cabinet/{}/keys", site.cabinet.business));
    sign_in(&browser, "owner", PASSWORD);
    browser.press("Create a key");
    browser.fill("Name", "Учёт");
    browser.click("input[type=radio][value=read]");
    browser.press("Update the summary");
    browser.sees("lets a program");
    browser.click(".actions button");
    browser.sees("Учёт has been created");
    let token = browser.text_of(".secret-value");
    site.keep(&token);
    assert_eq!(site.ask(crate::served::plain(&token)).status, 200);
    browser.tick("I have saved it");
    browser.press("Go to the keys");
    browser.click("a.danger");
    browser.fill("To confirm, type the name", "Учёт");
    browser.press("Delete key");
    browser.sees("is deleted. Calls with it are refused.");
    assert_eq!(site.ask(crate::served::plain(&token)).status, 401);
}
