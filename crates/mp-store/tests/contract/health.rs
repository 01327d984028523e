//! The sign of life.

use mp_store::{Store, health};

use crate::database::{Database, write};
use crate::on_both_databases;
use crate::samples;

on_both_databases!(a_node_has_one_heartbeat_which_moves, a_sound_database_has_no_faults);

fn a_node_has_one_heartbeat_which_moves(database: &Database) {
    let store = database.store();
    write(&store, |tx| health::heartbeat(tx, "узел-1", samples::BEGINNING));
    write(&store, |tx| health::heartbeat(tx, "узел-1", samples::END));
    write(&store, |tx| health::heartbeat(tx, "узел-2", samples::NOW));
    let mut plain = database.plain();
    assert_eq!(plain.count("heartbeat"), 2);
    assert_eq!(plain.number("SELECT at FROM heartbeat WHERE node = 'узел-1'"), i64::MAX);
}

fn a_sound_database_has_no_faults(database: &Database) {
    samples::with_businesses(&database.store(), &[1]);
    assert_eq!(Store::integrity_faults(&database.url), Ok(Vec::new()));
}
