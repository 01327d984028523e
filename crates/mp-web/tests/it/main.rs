//! The pages, asked as a browser asks, on a real database.

mod access;
mod account;
mod forms;
mod headers;
mod languages;
mod links;
mod sign_in;
mod templates;
mod world;
