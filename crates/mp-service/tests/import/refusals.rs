//! Every reason to refuse a line.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::platform::{Platform, account, foundation, key, key_without_token, token};

on_both_databases!(each_flaw_has_its_own_refusal, a_secret_in_the_wrong_place_is_not_shown);

/// A line for each flaw, and what is said about it.
fn flaws() -> Vec<(Value, &'static str)> {
    let mut flaws = flaws_of_fields();
    flaws.extend(flaws_of_references());
    flaws.extend(flaws_of_keys());
    flaws
}

fn flaws_of_fields() -> Vec<(Value, &'static str)> {
    let mut unknown = account("ivan");
    // Last, in whichever order the fields are printed.
    unknown["account"]["zodiac"] = json!(7);
    let mut plain = account("ivan");
    plain["account"]["password_hash"] = json!("qwerty");
    let mut bcrypt = account("ivan");
    bcrypt["account"]["password_hash"] =
        json!("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW");
    let mut saltless = account("ivan");
    saltless["account"]["password_hash"] = json!("$argon2id$v=19$m=65536,t=2,p=1");
    let no_hash = "password_hash: it is no argon2 hash in PHC form, such as $argon2id$v=19$m=…: only these can be verified";
    vec![
        (
            unknown,
            "unknown field `zodiac`, expected one of `login`, `email`, `name`, `password_hash` (column 156)",
        ),
        (json!({"account": {"login": "ivan"}}), "missing field `email` (column 27)"),
        (plain, no_hash),
        (bcrypt, no_hash),
        (saltless, no_hash),
        (
            json!({"business": {"id": 0, "name": "A", "owner": "olga"}}),
            "id: '0' is no business id: a positive number is expected",
        ),
        (
            json!({"business": {"name": " ", "owner": "olga"}}),
            "name: the name is empty: 1 to 100 characters are expected",
        ),
        (
            json!({"business": {"name": "A", "owner": "olga", "subscription": "gold"}}),
            "subscription: 'gold' is no subscription: one of none, light, medium is expected",
        ),
        (
            json!({"campaign": {"business_id": 1, "name": "A", "placement": "FBX"}}),
            "placement: 'FBX' is no placement: one of FBS, FBY, DBS, LAAS is expected",
        ),
        (
            json!({"member": {"business_id": 1, "login": "olga", "role": "boss"}}),
            "role: 'boss' is no role: one of owner, manager, employee is expected",
        ),
    ]
}

fn flaws_of_references() -> Vec<(Value, &'static str)> {
    let nobody = "there is no account with the login nobody: create it with `marketpass account create`";
    let nowhere = "there is no business 404: `marketpass business list` shows them all";
    let foreign = "campaign 20 does not belong to business 1: `marketpass campaign list --business 1` shows those that do";
    let mut restricted = key(1, "A", 1);
    restricted["key"]["campaigns"] = json!([10, 20]);
    vec![
        (json!({"business": {"name": "A", "owner": "nobody"}}), nobody),
        (json!({"campaign": {"business_id": 404, "name": "A"}}), nowhere),
        (
            json!({"campaign": {"id": 20, "business_id": 1, "name": "A"}}),
            "campaign 20 exists already and belongs to business 2: choose another number",
        ),
        (json!({"member": {"business_id": 404, "login": "olga", "role": "owner"}}), nowhere),
        (json!({"member": {"business_id": 1, "login": "nobody", "role": "owner"}}), nobody),
        (json!({"member": {"business_id": 2, "login": "olga", "role": "employee", "campaigns": [404]}}), {
            "campaign 404 does not belong to business 2: `marketpass campaign list --business 2` shows those that do"
        }),
        (
            json!({"member": {"business_id": 1, "login": "olga", "role": "manager", "campaigns": [10]}}),
            "a manager sees every store: name stores only for an employee",
        ),
        (key(404, "A", 1), nowhere),
        (restricted, foreign),
    ]
}

fn flaws_of_keys() -> Vec<(Value, &'static str)> {
    let with = |field: &str, value: Value| {
        let mut line = key(1, "A", 1);
        line["key"][field] = value;
        line
    };
    let mut twice = with("expires_in", json!("1h"));
    twice["key"]["expires_at"] = json!("2030-01-01T00:00:00Z");
    let cut = token(1)[..53].to_owned();
    let changed = token(1).replacen(&token(1)[5..8], "---", 1);
    vec![
        (with("scopes", json!([])), "the key has no access: name at least one"),
        (with("allow_ip", json!(["home"])), {
            "allow_ip: 'home' is no network: an address or CIDR is expected, for example 203.0.113.0/24 or 2001:db8::/32"
        }),
        (
            with("expires_in", json!("5w")),
            "expires_in: '5w' is no duration: a whole number and one of d, h, m, s is expected, for example 90d, 12h, 30s",
        ),
        (with("expires_at", json!("tomorrow")), {
            "expires_at: 'tomorrow' is no moment: RFC 3339 with an offset is expected, for example 2027-01-31T12:00:00Z"
        }),
        (twice, "expires_in: expires_at says it already: leave one of them out"),
        (
            with("expires_at", json!("2020-01-01T00:00:00Z")),
            "the key would have expired already: choose a later moment",
        ),
        (
            with("token", json!("y0_AgAAAA")),
            "token: it does not begin with this platform's prefix: is it a token of another platform?",
        ),
        (with("token", json!(cut)), "token: it is too short or too long: was it copied whole?"),
        (with("token", json!(changed)), "token: its checksum does not fit: was it copied exactly?"),
        (key(1, "Taken", 2), "business 1 has a key named 'Taken' already: choose another name"),
        (
            key(2, "Other", 777),
            "the token belongs to another key, 'Taken' of business 1: give this key a token of its own",
        ),
        (
            key_without_token(1, "A"),
            "the key has no token: name a file for generated ones with --tokens-out, or give it a token",
        ),
    ]
}

fn each_flaw_has_its_own_refusal(platform: &Platform) {
    let mut lines = foundation();
    lines.push(key(1, "Taken", 777));
    platform.import(&lines).imported();
    let events = platform.events();
    let (lines, refusals): (Vec<_>, Vec<_>) = flaws().into_iter().unzip();
    let numbered: Vec<_> =
        (1..).zip(refusals).map(|(line, refusal)| format!("line {line}: {refusal}")).collect();
    let said = platform.import(&lines);
    assert_eq!(said.refused, numbered);
    assert_eq!(said.result.unwrap().refused, numbered.len() as u64);
    assert_eq!(platform.events(), events, "nothing was changed");
}

fn a_secret_in_the_wrong_place_is_not_shown(platform: &Platform) {
    let mut lines = foundation();
    lines.push(json!({"key": {"business_id": token(1), "name": "A", "scopes": ["pricing"]}}));
    lines.push(json!({"key": {"business_id": 1, "name": "A", "scopes": token(1)}}));
    let refusals = [
        "line 6: invalid type: string, expected i64 (column 78)",
        "line 7: invalid type: string, expected a sequence (column 100)",
    ];
    assert_eq!(platform.import(&lines).refused, refusals);
}
