//! The kill test: a child writes, is killed at a random moment, and what it left is checked in full; readers in other
//! processes look on, and are killed now and then.
//!
//! A kill keeps what the operating system had accepted, so this finds mistakes in ordering, recovery and locking; what
//! a power cut may lose is enumerated by the tests of `pleiad-store`, write by write.

mod check;
mod child;
mod model;
mod reader;
mod rounds;
mod soak;

use clap::{Parser, Subcommand};
use pleiad::Durability;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// Errors of any crate end the program: there is nothing to do about them here.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Kills the writer of a collection again and again, and checks what it left.
///
/// The exit code is 0 when no acknowledged document was lost, mixed up or unreadable, and 1 otherwise.
#[derive(Debug, Parser)]
#[command(name = "pleiad-crash", version)]
struct Args {
    /// Kills.
    #[arg(long, default_value_t = 100)]
    rounds: u32,

    /// Seed of the batches and of the moments of death.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// When the writers acknowledge: sync, group:MS or none. A kill takes nothing acknowledged at any level.
    #[arg(long, global = true, value_name = "LEVEL", default_value_t)]
    durability: Durability,

    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Writes, searches and merges from several threads, and compares every answer with a model.
    Soak {
        /// Duration of the run.
        #[arg(long, default_value_t = 1.0)]
        minutes: f64,
    },
    /// Reads until standard input ends.
    #[command(hide = true)]
    Reader {
        /// Folder of the collection.
        folder: PathBuf,
    },
    /// Writes batches until it is killed.
    #[command(hide = true)]
    Child {
        /// Folder of the collection.
        folder: PathBuf,
        /// Seed of the batches.
        #[arg(long)]
        seed: u64,
        /// Number of the first batch.
        #[arg(long)]
        first_batch: u64,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.role {
        Some(Role::Child { folder, seed, first_batch }) => {
            child::run(&folder, seed, first_batch, args.durability).map(|()| true)
        }
        Some(Role::Reader { folder }) => reader::run(&folder).map(|()| true),
        Some(Role::Soak { minutes }) => soak::run(minutes, args.seed, args.durability),
        None => rounds::run(args.rounds, args.seed, args.durability),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
