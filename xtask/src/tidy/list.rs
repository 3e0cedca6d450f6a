use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Paths of the files that belong to the repository, relative to `root`, with `/`, sorted.
///
/// Git knows them best; where there is no history (an unpacked archive) the folders are walked instead.
///
/// # Errors
/// When a folder cannot be read.
pub(super) fn files(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = match known_to_git(root) {
        Some(paths) => paths,
        None => walked(root)?,
    };
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Tracked files and those that are neither tracked nor ignored; `None` without a usable repository here.
fn known_to_git(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let git = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    let Ok(output) = git else { return None };
    match String::from_utf8(output.stdout) {
        Ok(listed) if output.status.success() => {
            // A file removed but still in the index is listed too.
            let present = listed.split_terminator('\0').filter(|path| root.join(path).is_file());
            Some(present.map(String::from).collect())
        }
        _ => None,
    }
}

fn walked(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() && !is_ignored(&path) {
                folders.push(format!("{path}/"));
            } else if kind.is_file() && !is_ignored(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// Returns whether `.gitignore` leaves a path out, in short.
fn is_ignored(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".git" || name == "target" || name.ends_with(".profraw")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_finds_what_git_finds_and_no_build_output() {
        let root = crate::repository_root();
        let walked = walked(&root).unwrap();
        for path in files(&root).unwrap() {
            assert!(walked.contains(&path), "{path} is in the repository but was not walked");
        }
        assert!(walked.contains(&"xtask/src/tidy/list.rs".to_owned()));
        assert!(!walked.iter().any(|path| path.starts_with(".git/") || path.starts_with("target/")));
    }
}
