//! The pages, asked as a browser asks, on a real database.

mod access;
mod account;
mod applications;
mod authorize;
mod forms;
mod headers;
mod keys;
mod languages;
mod links;
mod sign_in;
mod templates;
mod world;
