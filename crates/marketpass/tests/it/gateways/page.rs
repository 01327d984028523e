//! The configurations in `docs/gateways.md`, which tests run as a reader would who pastes them.
//!
//! Owns taking them out of the page and putting other addresses in. Must never change anything else.

use std::path::{Path, PathBuf};

use mp_testkit::gateway::ConfigurationFile;

const PAGE: &str = include_str!("../../../../../docs/gateways.md");

/// The addresses of a configuration, by their ports.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) gateway: u16,
    pub(crate) marketpass: u16,
    /// Where Envoy asks over gRPC, if it does.
    pub(crate) ext_authz: u16,
    pub(crate) upstream: u16,
}

/// The files under a heading, for a gateway that is started in `folder`.
pub(crate) fn files(heading: &str, ports: Ports, folder: &Path) -> Vec<ConfigurationFile> {
    let section = PAGE.split("\n## ").find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    let section = section.unwrap_or_else(|| panic!("the page has no heading {heading}"));
    let mut name = None;
    let mut files = Vec::new();
    let mut pieces = section.split("```");
    while let Some(prose) = pieces.next() {
        name = file_name(prose).or(name);
        let Some((_language, text)) = pieces.next().and_then(|block| block.split_once('\n')) else { break };
        if let Some(name) = name.take() {
            files.push((PathBuf::from(name), with_ports(&in_folder(text, folder), ports)));
        }
    }
    files
}

/// What the last line before a block names: "`FILE`:" or "`FILE`, some words:".
fn file_name(prose: &str) -> Option<&str> {
    let line = prose.trim_end().lines().last()?;
    line.strip_suffix(':')?.strip_prefix('`')?.split_once('`').map(|(name, _)| name)
}

fn in_folder(text: &str, folder: &Path) -> String {
    text.replace("/etc/haproxy", &folder.display().to_string())
}

/// Each number that is one of the page's ports becomes the port of this test.
fn with_ports(text: &str, ports: Ports) -> String {
    let mut changed = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|next: char| next.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|next: char| !next.is_ascii_digit()).unwrap_or(from.len());
        changed += before;
        changed += &match &from[..end] {
            "8000" => ports.gateway.to_string(),
            "8080" => ports.marketpass.to_string(),
            "8082" => ports.ext_authz.to_string(),
            "9000" => ports.upstream.to_string(),
            other => other.to_owned(),
        };
        rest = &from[end..];
    }
    changed + rest
}

#[test]
fn every_gateway_has_files_with_all_three_addresses() {
    let ports = Ports { gateway: 18000, marketpass: 18080, ext_authz: 18082, upstream: 19000 };
    for (heading, names) in [
        ("nginx", &["marketpass.conf"][..]),
        ("Caddy", &["Caddyfile"]),
        (
            "Traefik",
            &[
                "traefik.yml",
                "marketpass.yml",
                "plugins-local/src/marketpass.example/callerheaders/.traefik.yml",
                "plugins-local/src/marketpass.example/callerheaders/callerheaders.go",
            ],
        ),
        ("HAProxy", &["haproxy.cfg", "marketpass.lua"]),
        ("Envoy", &["envoy.yaml"]),
        ("Envoy over gRPC", &["envoy.yaml"]),
    ] {
        let files = files(heading, ports, Path::new("/tmp"));
        let found: Vec<&str> = files.iter().map(|(path, _)| path.to_str().unwrap()).collect();
        assert_eq!(found, names, "{heading}");
        let text: String = files.into_iter().map(|(_, text)| text).collect();
        for port in ["18000", "18080", "19000"] {
            assert!(text.contains(port), "{heading} names no {port}");
        }
    }
}
