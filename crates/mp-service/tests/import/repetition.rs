//! A whole file, once and again.

use mp_domain::account::Login;
use mp_domain::event::Actor;
use mp_domain::member::Role;
use mp_domain::network::{Networks, parse_network};
use mp_domain::scope::AccessScope;
use mp_service::import::Imported;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::platform::{HASH, NOON, Platform, account, business, foundation, id, key, token};

on_both_databases!(
    everything_in_the_file_is_in_the_database,
    importing_again_changes_nothing_and_counts_the_same,
    without_numbers_names_tell_what_is_there_already,
    what_exists_is_left_as_it_is,
    a_member_who_has_left_is_on_the_staff_again,
);

fn platform() -> Vec<Value> {
    vec![
        json!({"account": {"login": "Olga", "email": "olga@example.org", "name": "Ольга П.", "password_hash": HASH}}),
        account("ivan"),
        json!({"business": {"id": 7, "name": "Ёлки", "owner": "olga", "subscription": "medium"}}),
        json!({"campaign": {"id": 70, "business_id": 7, "name": "Север", "placement": "DBS"}}),
        json!({"campaign": {"id": 71, "business_id": 7, "name": "Юг"}}),
        json!({"member": {"business_id": 7, "login": "ivan", "role": "employee", "campaigns": [71]}}),
        json!({"key": {
            "business_id": 7, "name": "ERP", "scopes": ["PRICING_READ_ONLY", "promotion"], "token": token(1),
            "campaigns": [70], "expires_in": "90d", "allow_ip": ["203.0.113.9/24"],
        }}),
        json!({"key": {
            "business_id": 7, "name": "CRM", "scopes": ["communication"], "token": token(2),
            "expires_at": "2027-01-31T15:00:00+03:00", "networks": ["2001:db8::/32"],
        }}),
    ]
}

const COUNTS: Imported =
    Imported { accounts: 2, businesses: 1, campaigns: 2, members: 1, keys: 2, refused: 0 };

fn everything_in_the_file_is_in_the_database(platform_: &Platform) {
    let said = platform_.import(&platform());
    assert_eq!(said.lines, 8);
    assert_eq!(said.imported(), COUNTS);

    let service = platform_.service(2);
    let olga = platform_.wait(service.list_accounts()).unwrap().pop().unwrap();
    assert_eq!((olga.login.as_str(), olga.email.as_str()), ("olga", "olga@example.org"));
    assert_eq!((olga.name.unwrap().as_str(), olga.password_hash.as_str()), ("Ольга П.", HASH));
    let shop = platform_.wait(service.list_businesses()).unwrap().pop().unwrap();
    assert_eq!((shop.name.as_str(), shop.subscription.as_str()), ("Ёлки", "medium"));
    let stores = platform_.wait(service.list_campaigns(id(7))).unwrap();
    let stores: Vec<_> = stores.iter().map(|store| (store.id.number(), store.placement.as_str())).collect();
    assert_eq!(stores, [(70, "DBS"), (71, "FBS")]);
    let staff = platform_.staff(7);
    let staff: Vec<_> = staff.iter().map(|(login, member)| (login.as_str(), member.role)).collect();
    assert_eq!(staff, [("ivan", Role::Employee), ("olga", Role::Owner)]);

    let keys = platform_.keys(7);
    let (erp, crm) = (&keys[0].grant, &keys[1].grant);
    let scopes: Vec<_> = erp.scopes.iter().collect();
    assert_eq!(scopes, [AccessScope::PricingReadOnly, AccessScope::Promotion]);
    assert_eq!(erp.campaigns[0].number(), 70);
    assert_eq!(erp.networks, Networks::new(vec![parse_network("203.0.113.0/24").unwrap()]));
    assert_eq!(erp.expires_at, Some(NOON.plus(std::time::Duration::from_secs(90 * 86_400))));
    assert_eq!(crm.networks, Networks::new(vec![parse_network("2001:db8::/32").unwrap()]));
    assert_eq!(crm.expires_at, Some("2027-01-31T12:00:00Z".parse().unwrap()));
    assert_eq!(keys[0].created_by, Actor::Operator);
    assert_eq!(platform_.events(), 8, "every line has its event");
}

fn importing_again_changes_nothing_and_counts_the_same(platform_: &Platform) {
    platform_.import(&platform()).imported();
    let (keys, staff, events) = (platform_.keys(7), platform_.staff(7), platform_.events());
    assert_eq!(platform_.import(&platform()).imported(), COUNTS);
    assert_eq!((platform_.keys(7), platform_.staff(7), platform_.events()), (keys, staff, events));
    // Even when the keys could not be made any more, because their time is over.
    platform_.clock.advance(std::time::Duration::from_secs(100 * 86_400));
    assert_eq!(platform_.import(&platform()).imported(), COUNTS);
    assert_eq!(platform_.events(), events);
}

fn without_numbers_names_tell_what_is_there_already(platform: &Platform) {
    let lines = [
        account("olga"),
        account("ivan"),
        business(5),
        json!({"business": {"name": "Shop", "owner": "olga"}}),
        json!({"business": {"name": "Shop", "owner": "ivan"}}),
        json!({"campaign": {"business_id": 5, "name": "North"}}),
        json!({"campaign": {"business_id": 5, "name": "South"}}),
    ];
    let counts = platform.import(&lines).imported();
    assert_eq!((counts.businesses, counts.campaigns), (3, 2));
    assert_eq!(platform.import(&lines).imported(), counts);
    assert_eq!(platform.businesses(), 3);
    let stores = platform.wait(platform.service(2).list_campaigns(id(5))).unwrap();
    assert_eq!(stores.len(), 2);
    assert_ne!(stores[0].id, stores[1].id);
}

fn what_exists_is_left_as_it_is(platform: &Platform) {
    platform.import(&foundation()).imported();
    platform.import(&[
        json!({"account": {"login": "olga", "email": "other@example.org", "password_hash": HASH}}),
        json!({"business": {"id": 1, "name": "Other", "owner": "olga", "subscription": "medium"}}),
        json!({"campaign": {"id": 10, "business_id": 1, "name": "Other", "placement": "DBS"}}),
        json!({"member": {"business_id": 1, "login": "olga", "role": "employee"}}),
    ]);
    let service = platform.service(2);
    assert_eq!(platform.wait(service.list_accounts()).unwrap()[0].email.as_str(), "olga@example.org");
    assert_eq!(platform.wait(service.list_businesses()).unwrap()[0].name.as_str(), "Shop 1");
    assert_eq!(platform.wait(service.list_campaigns(id(1))).unwrap()[0].name.as_str(), "Store 10");
    assert_eq!(platform.staff(1)[0].1.role, Role::Owner);
}

fn a_member_who_has_left_is_on_the_staff_again(platform: &Platform) {
    let member = json!({"member": {"business_id": 1, "login": "ivan", "role": "manager"}});
    let lines = [account("olga"), account("ivan"), business(1), member, key(1, "ERP", 1)];
    platform.import(&lines).imported();
    let ivan: Login = "ivan".parse().unwrap();
    platform.wait(platform.service(2).remove_member(Actor::Operator, id(1), &ivan)).unwrap();
    assert_eq!(platform.import(&lines).imported().members, 1);
    assert_eq!(platform.staff(1).len(), 2, "the file says that he is a member");
}
