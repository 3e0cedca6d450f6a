//! Writes the sound inputs of a target into a folder, one file each: `cargo run -p pleiad-hostile --example seeds --
//! <target> <folder>`. Without a target it lists them.

use pleiad_hostile::{TARGETS, target};
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), String> {
    let args: Vec<String> = env::args().skip(1).collect();
    match &args[..] {
        [] => {
            TARGETS.iter().for_each(|target| println!("{}", target.name));
            Ok(())
        }
        [name, folder] => {
            let target = target(name).ok_or_else(|| format!("there is no target {name:?}"))?;
            write(Path::new(folder), &(target.seeds)()).map_err(|error| format!("{folder}: {error}"))
        }
        _ => Err("expected nothing, or a target and a folder".into()),
    }
}

fn write(folder: &Path, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
