//! What people do on the pages, done in Debian's Chromium.
//!
//! Owns driving the browser and judging what it shows. Must never reach behind the pages for what a person would do on
//! them, or ask anything beyond this machine.

mod authenticator;
mod axe;
mod oathtool;
mod site;
mod visitor;
mod window;

mod bad_input;
mod harness;
mod pages;
mod seed;
