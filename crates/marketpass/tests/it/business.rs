//! `business …`.

use serde_json::json;

use crate::cabinet::add_account;
use crate::installation::Installation;

#[test]
fn a_business_has_a_number_of_its_own_or_the_one_given() {
    let machine = Installation::new();
    add_account(&machine, "olga");
    let chosen =
        machine.run(&["--json", "business", "create", "--name", "Ёлка", "--owner", "olga", "--id", "7"]);
    assert_eq!(chosen.json(), json!({"id": 7, "name": "Ёлка"}));
    let created =
        ["--json", "business", "create", "--name", "B", "--owner", "olga", "--subscription", "medium"];
    let next = machine.run(&created).json();
    let listed = machine.run(&["--json", "business", "list"]).json();
    assert_eq!(listed[0]["subscription"], "none");
    assert_eq!((&listed[1]["id"], &listed[1]["subscription"]), (&next["id"], &json!("medium")));
}

#[test]
fn a_taken_number_and_an_unknown_owner_are_refused() {
    let machine = Installation::new();
    add_account(&machine, "olga");
    let create = |owner| machine.run(&["business", "create", "--name", "B", "--owner", owner, "--id", "7"]);
    assert_eq!(create("olga").text(), "Business 7 is made: B.\n");
    assert_eq!(create("olga").refusal(), "business 7 exists already: choose another number or leave it out");
    let refusal = create("nobody").refusal();
    assert_eq!(
        refusal,
        "there is no account with the login nobody: create it with `marketpass account create`"
    );
}

#[test]
fn a_list_for_people_is_a_table() {
    let machine = Installation::new();
    assert_eq!(machine.run(&["business", "list"]).text(), "(none)\n");
    add_account(&machine, "olga");
    machine.run(&["business", "create", "--name", "Ёлка", "--owner", "olga", "--id", "7"]).text();
    let text = machine.run(&["business", "list"]).text();
    assert!(
        text.starts_with("ID  NAME  SUBSCRIPTION  KIND    CREATED\n7   Ёлка  none          seller  20"),
        "{text}"
    );
}

#[test]
fn an_edit_says_what_is_to_change() {
    let machine = Installation::new();
    add_account(&machine, "olga");
    machine.run(&["business", "create", "--name", "B", "--owner", "olga", "--id", "7"]).text();
    let message = machine.run(&["business", "edit", "--business", "7"]).usage_error();
    assert!(message.contains("<--name <NAME>|--subscription <SUBSCRIPTION>|--kind <KIND>>"), "{message}");
    let message = machine.run(&["business", "edit", "--name", "C"]).usage_error();
    assert!(message.contains("--business <ID>"), "{message}");
    let edited =
        machine.run(&["business", "edit", "--business", "7", "--name", "C", "--kind", "urbanads"]).text();
    assert_eq!(edited, "Business 7 is C now: urbanads, with the subscription none.\n");
}

#[test]
fn a_number_that_is_none_is_wrong_usage() {
    let message = Installation::new().run(&["campaign", "list", "--business", "-1"]).usage_error();
    assert!(message.contains("-1"), "{message}");
    let message = Installation::new().run(&["campaign", "list", "--business", "x"]).usage_error();
    assert!(message.contains("'x' is no business id: a positive number is expected"), "{message}");
}
