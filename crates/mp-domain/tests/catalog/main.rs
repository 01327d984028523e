//! The catalogue from outside: which requests mean what, which operations make none, and what the shipped one says.

mod flaws;
mod market;
mod routing;
