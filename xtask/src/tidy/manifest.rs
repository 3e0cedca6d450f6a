//! As much of TOML as a `Cargo.toml` of ours uses.

/// `key = value` under a `[section]`; a header alone has an empty key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) section: String,
    pub(super) key: String,
    /// As written, on one line.
    pub(super) value: String,
    pub(super) line: usize,
}

/// Headers and entries in order.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut depth = 0;
    for (index, line) in text.lines().enumerate() {
        let line = without_comment(line).trim();
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if depth > 0 {
            if let Some(last) = entries.last_mut() {
                last.value.push_str(line);
            }
            depth += nesting(line);
        } else if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            entries.push(Entry {
                section: section.clone(),
                key: String::new(),
                value: String::new(),
                line: index + 1,
            });
        } else if !line.is_empty() {
            let [key, value] = [key, value].map(|part| part.trim().to_owned());
            depth = nesting(&value);
            entries.push(Entry { section: section.clone(), key, value, line: index + 1 });
        }
    }
    entries
}

/// A package that a manifest depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dependency {
    pub(super) package: String,
    pub(super) line: usize,
    /// Tests, examples and benchmarks only.
    pub(super) is_for_tests: bool,
}

/// Returns all dependencies of a manifest, of any kind.
pub(super) fn dependencies(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for entry in entries(text) {
        let Some((before, of_one)) = entry.section.split_once("dependencies") else { continue };
        let name = match (of_one.strip_prefix('.'), entry.key.is_empty()) {
            (Some(name), true) => name,
            (None, false) => entry.key.split('.').next().unwrap_or_default(),
            _ => continue,
        };
        let renamed = entry.value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
        let package = renamed.unwrap_or(name).trim_matches('"').to_owned();
        found.push(Dependency { package, line: entry.line, is_for_tests: before.ends_with("dev-") });
    }
    found
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

fn nesting(text: &str) -> i32 {
    text.chars().map(|c| i32::from("[{".contains(c)) - i32::from("]}".contains(c))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_depend_is_seen() {
        let text = "[package]\nname = \"a\" # x = y\n[dependencies]\nb.workspace = true\nc = { package = \"d\", path = \"..\" }\n\
                    e = { features = [\n  \"f\",\n  \"g\",\n] }\n[target.'cfg(unix)'.dev-dependencies]\nh = \"1\"\n\
                    [dependencies.i]\nversion = \"1\"\n[build-dependencies]\n\"j\" = \"1\"\n[features]\nk = []\n";
        let found = dependencies(text);
        let names: Vec<&str> = found.iter().map(|dependency| dependency.package.as_str()).collect();
        assert_eq!(names, ["b", "d", "e", "h", "i", "j"]);
        assert_eq!(found[0].line, 4);
        assert_eq!(found.iter().map(|d| u8::from(d.is_for_tests)).collect::<Vec<_>>(), [0, 0, 0, 1, 0, 0]);
    }
}
