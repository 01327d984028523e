//! What an import takes for the same key, and that its keys work.

use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mp_domain::event::Actor;
use mp_domain::operation::GET_AUTH_TOKEN_INFO;
use mp_service::{Node, Presented};
use serde_json::json;

use crate::on_both_databases;
use crate::platform::{Platform, foundation, id, key, text, token};

on_both_databases!(
    an_imported_key_is_in_force_when_the_import_returns,
    a_key_that_was_rotated_since_counts_as_there,
    a_deleted_key_stays_deleted,
    a_renamed_key_is_named,
    a_token_digested_with_a_former_pepper_is_known,
    thirty_live_keys_are_the_most,
);

fn is_accepted(node: &Node, token: &str) -> bool {
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let presented = Presented::ApiKey(token.as_bytes());
    node.enforcer().enforce(presented, &GET_AUTH_TOKEN_INFO, home, |_, _| ()).is_ok()
}

fn an_imported_key_is_in_force_when_the_import_returns(platform: &Platform) {
    let node = platform.node();
    let mut lines = foundation();
    lines.extend((0..20).map(|number| key(1, &format!("Key {number}"), number)));
    let said = platform.import_with(node.service(), Cursor::new(text(&lines)), None);
    let working = (0..20).filter(|number| is_accepted(&node, &token(*number))).count();
    assert_eq!((said.imported().keys, working), (20, 20));
    platform.wait(async { node.stop().await });
}

fn a_key_that_was_rotated_since_counts_as_there(platform: &Platform) {
    let mut lines = foundation();
    lines.push(key(1, "ERP", 1));
    platform.import(&lines).imported();
    let made = platform.keys(1).remove(0);
    let service = platform.service(5);
    platform.wait(service.rotate_api_key(Actor::Operator, made.id, Duration::ZERO, None)).unwrap();
    let rotated = platform.keys(1);
    assert_eq!(platform.import(&lines).imported().keys, 1);
    assert_eq!(platform.keys(1), rotated);
    let said = platform.import(&[key(2, "ERP", 1)]);
    let refusal =
        "line 1: the token belongs to another key, 'ERP' of business 1: give this key a token of its own";
    assert_eq!(said.refused, [refusal], "a replaced secret is not given to another key");
}

fn a_deleted_key_stays_deleted(platform: &Platform) {
    let mut lines = foundation();
    lines.push(key(1, "ERP", 1));
    platform.import(&lines).imported();
    let made = platform.keys(1).remove(0);
    platform.wait(platform.service(5).delete_api_key(Actor::Operator, made.id)).unwrap();
    let said = platform.import(&lines);
    let refusal = "line 6: the token belongs to a deleted key, 'ERP' of business 1, and is refused for ever: give this \
                   key a token of its own";
    assert_eq!(said.refused, [refusal]);
    assert_eq!((said.result.unwrap().keys, platform.keys(1).len()), (0, 0));
    platform.import(&[key(1, "ERP", 2)]).imported();
    assert_eq!(platform.keys(1).len(), 1, "its name is free");
}

fn a_renamed_key_is_named(platform: &Platform) {
    let mut lines = foundation();
    lines.push(key(1, "ERP", 1));
    platform.import(&lines).imported();
    let made = platform.keys(1).remove(0);
    let name = mp_domain::name::Name::new("1C").unwrap();
    platform.wait(platform.service(5).edit_api_key(Actor::Operator, made.id, Some(name), None)).unwrap();
    let said = platform.import(&lines);
    let refusal =
        "line 6: the token belongs to another key, '1C' of business 1: give this key a token of its own";
    assert_eq!(said.refused, [refusal]);
}

fn a_token_digested_with_a_former_pepper_is_known(platform: &Platform) {
    let mut lines = foundation();
    lines.push(key(1, "ERP", 1));
    platform.import(&lines).imported();
    let (keys, service) = (platform.keys(1), platform.service_with(3, &[2, 1]));
    let again = platform.import_with(&service, Cursor::new(text(&lines)), None);
    assert_eq!(again.imported().keys, 1);
    assert_eq!(platform.keys(1), keys);
    let other = platform.import_with(&service, Cursor::new(text(&[key(2, "ERP", 1)])), None);
    assert_eq!(other.refused.len(), 1, "two keys would have the same token");
    platform.import_with(&service, Cursor::new(text(&[key(2, "ERP", 2)])), None).imported();
    assert_eq!(platform.keys(2)[0].secret.pepper, 2, "new digests are made with the current pepper");
}

fn thirty_live_keys_are_the_most(platform: &Platform) {
    let mut lines = foundation();
    let mut expiring = key(1, "Trial", 100);
    expiring["key"]["expires_in"] = json!("1h");
    lines.push(expiring);
    lines.extend((0..30).map(|number| key(1, &format!("Key {number}"), number)));
    let said = platform.import(&lines);
    let refusal =
        "line 36: business 1 has 30 live keys, the most there may be: delete one that is not used any more";
    assert_eq!(said.refused, [refusal]);
    assert_eq!(said.result.unwrap().keys, 30);
    platform.clock.advance(Duration::from_secs(3600));
    assert_eq!(platform.import(&lines).imported().keys, 31, "an expired key makes room");
    let keys = platform.wait(platform.service(9).list_api_keys(Actor::Operator, id(1)));
    assert_eq!(keys.unwrap().len(), 31);
}
