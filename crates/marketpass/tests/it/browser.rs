//! What people do on the pages, done in Debian's Chromium.
//!
//! Owns driving the browser and judging what it shows. Must never reach behind the pages for what a person would do on
//! them, or ask anything beyond this machine.

mod authenticator;
mod axe;
mod events;
mod oathtool;
mod scene;
mod site;
mod visitor;
mod window;

mod bad_input;
mod factors;
mod full_cabinet;
mod harness;
mod letters;
mod pages;
mod pages_seen_once;
mod refusals;
mod revocations;
mod secrets;
mod seed;
mod without_javascript;
