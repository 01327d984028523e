//! Imported catalogues.

use mp_store::catalog;

use crate::database::{Database, read, write};
use crate::on_both_databases;
use crate::samples;

on_both_databases!(
    the_newest_catalogue_is_in_force,
    without_an_import_there_is_none,
    the_shipped_one_takes_the_place_of_those_that_were_imported
);

fn the_newest_catalogue_is_in_force(database: &Database) {
    let store = database.store();
    for number in [1, 2, 3, 1] {
        write(&store, move |tx| catalog::insert(tx, &samples::catalog(number)));
        assert_eq!(read(&store, catalog::newest), Some(samples::catalog(number)));
    }
    assert_eq!(database.plain().count("catalog"), 4, "the former ones stay");
}

fn without_an_import_there_is_none(database: &Database) {
    assert_eq!(read(&database.store(), catalog::newest), None);
}

fn the_shipped_one_takes_the_place_of_those_that_were_imported(database: &Database) {
    let store = database.store();
    write(&store, |tx| catalog::insert(tx, &samples::catalog(1)));
    write(&store, |tx| catalog::insert_shipped(tx, samples::catalog(1).imported_at));
    assert_eq!(read(&store, catalog::newest), None);
    write(&store, |tx| catalog::insert(tx, &samples::catalog(2)));
    assert_eq!(read(&store, catalog::newest), Some(samples::catalog(2)));
    assert_eq!(database.plain().count("catalog"), 3, "the former ones stay");
}
