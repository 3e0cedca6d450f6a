//! The package beside the frameworks that it has classes for, each in an environment of its own.

use super::{build, python};
use crate::step::Step;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Folders of the environments, ignored by git.
const FOLDER: &str = "target/python/frameworks";

/// A framework, the versions that are installed, and the room that they take.
struct Framework {
    name: &'static str,
    packages: &'static [&'static str],
    gigabytes: u64,
    /// Options of pytest.
    options: &'static str,
}

/// Those with PyTorch come last: they take minutes to install.
const FRAMEWORKS: [Framework; 6] = [
    Framework {
        name: "langchain",
        packages: &["langchain-core==1.8.3", "langchain-tests==1.1.9", "numpy", "pytest"],
        gigabytes: 1,
        options: "-o asyncio_mode=auto",
    },
    Framework {
        name: "llama_index",
        packages: &["llama-index-core==0.14.25", "numpy", "pytest"],
        gigabytes: 1,
        options: "",
    },
    Framework {
        name: "haystack",
        packages: &["haystack-ai==3.4.1", "numpy", "pandas", "pytest"],
        gigabytes: 1,
        options: "",
    },
    Framework {
        name: "tables",
        packages: &["ir-measures==0.4.3", "ranx==0.3.21", "pyarrow==26.0.1", "pandas", "numpy", "pytest"],
        gigabytes: 2,
        options: "",
    },
    Framework {
        name: "sentence_transformers",
        packages: &["sentence-transformers==6.2.0", "numpy", "pytest"],
        gigabytes: 8,
        options: "",
    },
    Framework { name: "pylate", packages: &["pylate==1.6.0", "numpy", "pytest"], gigabytes: 8, options: "" },
];

/// Builds the module and runs `python/frameworks/test_NAME.py` of all frameworks, or of those that are named.
///
/// # Errors
/// When a test fails; when a name is unknown; and when packages cannot be installed: the tests of that framework were *not
/// run* then, and the message names it once the others have run.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<(), String> {
    let known = FRAMEWORKS.map(|framework| framework.name);
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there are no tests beside {name:?}; known: {}", known.join(", ")));
    }
    build(root)?;
    let mut not_run = Vec::new();
    for framework in &FRAMEWORKS {
        if !names.is_empty() && !names.iter().any(|name| name == framework.name) {
            continue;
        }
        match install(root, framework) {
            Ok(folder) => test(root, framework, &folder)?,
            Err(why) => not_run.push(format!("{}: {why}", framework.name)),
        }
    }
    match not_run.is_empty() {
        true => Ok(()),
        false => Err(format!("NOT RUN: tests beside frameworks were not run:\n  {}", not_run.join("\n  "))),
    }
}

fn test(root: &Path, framework: &Framework, folder: &str) -> Result<(), String> {
    let Framework { name, options, .. } = framework;
    let args = format!("-m pytest --quiet {options} python/frameworks/test_{name}.py");
    python("tests beside a framework", root, folder, &args)
        .with("HAYSTACK_TELEMETRY_ENABLED", "false")
        .with("HF_HUB_OFFLINE", "1")
        .run(root)
}

/// Installs the packages of a framework unless these versions are there, and gives their folder.
fn install(root: &Path, framework: &Framework) -> Result<String, String> {
    let folder = format!("{FOLDER}/{}", framework.name);
    let (place, wanted) = (root.join(&folder), framework.packages.join("\n"));
    let note = place.join("PACKAGES");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| format!("{folder}: {error}"))?;
    }
    let free = free_gigabytes(root)?;
    if free < framework.gigabytes {
        return Err(format!("it takes {} GB, and {free} GB are free", framework.gigabytes));
    }
    Step::pip("packages of a framework", &folder, framework.packages)
        .and(&["--no-compile".to_owned()])
        .run(root)?;
    fs::write(&note, wanted).map_err(|error| format!("{}: {error}", note.display()))?;
    Ok(folder)
}

/// Free space where the environments lie.
fn free_gigabytes(root: &Path) -> Result<u64, String> {
    let told = Command::new("df")
        .arg("-Pk")
        .arg(root)
        .output()
        .map_err(|error| format!("df cannot be started: {error}"))?;
    let told = String::from_utf8_lossy(&told.stdout);
    let free = told.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    free.map(|kilobytes| kilobytes >> 20).ok_or_else(|| format!("df said no free space: {told}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_framework_has_its_tests_and_pins_itself() {
        let root = crate::repository_root();
        for Framework { name, packages, .. } in &FRAMEWORKS {
            assert!(root.join(format!("python/frameworks/test_{name}.py")).is_file(), "{name}");
            assert!(packages[0].contains("=="), "{name}");
        }
        assert!(run(&root, &["nothing".to_owned()]).unwrap_err().contains("known: langchain"));
        assert!(free_gigabytes(&root).unwrap() < 1 << 20);
    }
}
