//! A fixed number of mutated inputs for every reader: no panic, and no more memory than the input pays for.
//!
//! One test alone: it measures the memory of the whole process.

use peak_alloc::PeakAlloc;
use pleiad_hostile::{TARGETS, Target, bombs, mutate};
use pleiad_vectors::Seed;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Mutations of each target.
const NUM_MUTATIONS: usize = 1500;

/// Inputs that were wrong once, and any that somebody wants to keep.
fn kept(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Feeds one input. What breaks is left in a file, from where `cargo xtask fuzz` can repeat it.
fn feed(target: &Target, input: &[u8]) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.read)(input)));
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let limit = target.max_bytes(input.len());
    if outcome.is_ok() && taken <= limit {
        return;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.input", target.name));
    fs::write(&path, input).unwrap();
    let what = if outcome.is_err() { "panics".into() } else { format!("takes {taken} bytes, not {limit}") };
    panic!("{} {what} on the {} bytes kept in {}", target.name, input.len(), path.display());
}

#[test]
fn no_input_makes_a_reader_panic_or_take_memory_that_it_does_not_pay_for() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has no seed", target.name);
        let kept = kept(target);
        let bombs = bombs(target.name);
        for input in seeds.iter().chain(&kept).chain(&bombs).map(Vec::as_slice).chain([&[][..]]) {
            feed(target, input);
        }
        let mut random = Seed(7).derive(seeds.len() as u64).generator();
        for _ in 0..NUM_MUTATIONS {
            feed(target, &mutate(&seeds, &mut random));
        }
    }
}
