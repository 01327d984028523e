//! What commands print: one JSON value for scripts, tables and sentences for people.
//!
//! Owns standard output. Must never print a message or a log line: those belong on standard error.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::failure::Failure;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Whether a script reads it.
    pub(crate) json: bool,
}

impl Output {
    /// Prints a result: as JSON, or the text made of it.
    pub(crate) fn show<T: Serialize + ?Sized>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if !self.json {
            return write_bytes(text(value).as_bytes());
        }
        let mut line =
            serde_json::to_string_pretty(value).expect("results are plain structures with text keys");
        line.push('\n');
        write_bytes(line.as_bytes())
    }

    /// Prints a list: as a JSON array, or as a table.
    pub(crate) fn list<T: Serialize>(self, items: &[T], columns: &[Column<T>]) -> Result<(), Failure> {
        self.show(items, |items| table(items, columns))
    }
}

/// A column of a table: its heading, and what of an item stands in it.
pub(crate) struct Column<T>(pub &'static str, pub(crate) fn(&T) -> String);

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!(
            "the result could not be written to standard output: {error}; what the command did is done"
        ))),
        _ => Ok(()),
    }
}

/// Aligned columns under headings, or a word that there is nothing.
pub(crate) fn table<T>(items: &[T], columns: &[Column<T>]) -> String {
    if items.is_empty() {
        return "(none)\n".to_owned();
    }
    let headings = columns.iter().map(|column| column.0.to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(headings)
        .chain(items.iter().map(|item| columns.iter().map(|column| (column.1)(item)).collect()))
        .collect();
    aligned(&rows)
}

/// Rows of equally many cells, each column as wide as its widest cell.
pub(crate) fn aligned<R: AsRef<[String]>>(rows: &[R]) -> String {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().map(|row| row.as_ref()[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.as_ref().iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A list in one cell; a dash for an empty one.
pub(crate) fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

/// A value that may be missing; a dash if it is.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_the_eye_sees() {
        let rows = [("1", "Ёлка 🎄"), ("23", "日本"), ("456", "x")];
        let columns: [Column<(&str, &str)>; 3] = [
            Column("ID", |row| row.0.to_owned()),
            Column("NAME", |row| row.1.to_owned()),
            Column("END", |_| "|".to_owned()),
        ];
        let expected = "ID   NAME     END\n1    Ёлка 🎄  |\n23   日本     |\n456  x        |\n";
        assert_eq!(table(&rows, &columns), expected);
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(table::<()>(&[], &[Column("ID", |()| String::new())]), "(none)\n");
        assert_eq!(joined(Vec::<String>::new()), "-");
    }
}
