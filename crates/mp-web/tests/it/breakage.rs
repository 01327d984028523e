//! What people see when something breaks.

use std::sync::Arc;

use axum::http::StatusCode;
use mp_domain::time::{Clock, Timestamp};
use mp_testkit::SeededEntropy;
use mp_web::WebParts;

use crate::headers::check;
use crate::world::World;

/// A clock that breaks whatever asks it for the time.
struct BrokenClock;

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        panic!("the clock is broken, for the sake of a test")
    }
}

#[tokio::test]
async fn a_page_that_panics_is_an_error_page_in_the_persons_language_and_the_next_one_works() {
    let world = World::new().await;
    let parts = WebParts {
        service: world.service.clone(),
        clock: Arc::new(BrokenClock),
        entropy: Arc::new(SeededEntropy::new(9)),
    };
    let mut browser = world.signed_in("olga").await.elsewhere(mp_web::pages(parts));
    for (language, title) in [("en", "Something broke on our side"), ("ru", "У нас что-то сломалось")]
    {
        browser.language = language;
        let page = browser.get("/account/sessions").await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.main().contains(title), "{}", page.text);
        assert!(page.text.contains(&format!("<html lang=\"{language}\">")), "{}", page.text);
        assert!(!page.text.contains("the clock is broken"), "the reason is for the log: {}", page.text);
        check(&page, "GET /account/sessions");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(browser.get("/account/security/password").await.status, StatusCode::OK);
    }
}
