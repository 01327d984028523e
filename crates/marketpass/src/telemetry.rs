//! Logging to standard error.
//!
//! Owns the form of a log line. Must never write to standard output: that belongs to results.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

use crate::config::{Loaded, LogFormat, Source};

/// Who logs: it decides the weight from which on things are logged when nobody has chosen one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    /// A server, whose log is its voice.
    Server,
    /// A command, which speaks through its result.
    Command,
}

/// Begins logging, once per process.
pub(crate) fn start(loaded: &Loaded, process: Process) {
    let log = &loaded.config.log;
    let chosen = *loaded.source_of("log.level") != Source::Default;
    let level =
        if chosen || process == Process::Server { LevelFilter::from(log.level) } else { LevelFilter::WARN };
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    match log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).init(),
    }
}
