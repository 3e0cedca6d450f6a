//! The real program, run as its users run it.

mod add;
mod bad_input;
mod compact;
mod damage;
mod defaults;
mod demo;
mod eval;
mod filters;
mod find;
mod folders;
mod hostile;
#[cfg(feature = "hub")]
mod hub;
mod hybrid;
mod inputs;
mod interrupt;
mod json;
mod languages;
mod limits;
mod mini;
mod models;
mod output;
mod pool;
mod promises;
mod safety;
#[cfg(feature = "serve")]
mod serve;
mod sets;
mod shell;
mod tenants;
mod tool;
mod tune;
mod upgrade;
mod vectors;
mod whole_path;
mod words;
