use super::finding::Finding;
use super::table;
use super::tree::Tree;

/// The exceptions to the ceilings. An entry says how long a thing is today and may only shrink.
pub(super) const TABLE: &str = "xtask/tidy/ratchet.txt";

/// Something with a length: a file (`name` is empty) or a function.
#[derive(Debug)]
pub(super) struct Measured<'a> {
    pub(super) path: &'a str,
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) num_lines: usize,
}

struct Entry<'a> {
    line: usize,
    path: &'a str,
    name: &'a str,
    num_lines: usize,
}

/// Holds what was measured against `ceiling` and the entries of its kind; `way_out` ends the message.
pub(super) fn hold(
    tree: &Tree,
    measured: &[Measured<'_>],
    ceiling: usize,
    kind: &str,
    way_out: &str,
) -> Vec<Finding> {
    let entries = match entries(tree, kind) {
        Ok(entries) => entries,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    for thing in measured.iter().filter(|thing| thing.num_lines > ceiling) {
        let entry = entries.iter().find(|entry| entry.path == thing.path && entry.name == thing.name);
        let limit = entry.map_or(ceiling, |entry| entry.num_lines);
        if thing.num_lines > limit {
            let message =
                format!("{kind} {} of {} lines, at most {limit}: {way_out}", thing.name, thing.num_lines);
            findings.push(Finding::new(thing.path, thing.line, message.replace("  ", " ")));
        }
    }
    findings.extend(entries.iter().filter_map(|entry| slack(entry, measured, ceiling)));
    findings
}

/// An entry that allows more than is used.
fn slack(entry: &Entry<'_>, measured: &[Measured<'_>], ceiling: usize) -> Option<Finding> {
    let same = |thing: &&Measured<'_>| thing.path == entry.path && thing.name == entry.name;
    let longest = measured.iter().filter(same).map(|thing| thing.num_lines).max().unwrap_or(0);
    let message = if longest <= ceiling {
        "no longer needed: remove this entry".to_owned()
    } else if longest < entry.num_lines {
        format!("too generous: it is down to {longest} lines, write that")
    } else {
        return None;
    };
    Some(Finding::new(TABLE, entry.line, message))
}

fn entries<'a>(tree: &'a Tree, kind: &str) -> Result<Vec<Entry<'a>>, Vec<Finding>> {
    let mut entries = Vec::new();
    for row in table::rows(tree, TABLE, 4)? {
        let Ok(num_lines) = row.cells[3].parse() else {
            return Err(vec![Finding::new(TABLE, row.line, "the last cell is a number of lines")]);
        };
        if row.cells[0] == kind {
            entries.push(Entry { line: row.line, path: row.cells[1], name: row.cells[2], num_lines });
        } else if !["file", "function"].contains(&row.cells[0]) {
            return Err(vec![Finding::new(TABLE, row.line, "the first cell is file or function")]);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(table: &str, num_lines: usize) -> Vec<String> {
        let tree = Tree::of(&[(TABLE, table)]);
        let measured = [Measured { path: "a.rs", name: "f".into(), line: 7, num_lines }];
        hold(&tree, &measured, 70, "function", "split it").iter().map(Finding::to_string).collect()
    }

    #[test]
    fn the_ceiling_holds() {
        assert!(messages("", 70).is_empty());
        assert_eq!(messages("", 71), ["a.rs:7: function f of 71 lines, at most 70: split it"]);
    }

    #[test]
    fn an_entry_may_only_shrink() {
        assert!(messages("function | a.rs | f | 80", 80).is_empty());
        assert!(messages("function | a.rs | f | 80", 81)[0].contains("at most 80"));
        assert!(messages("function | a.rs | f | 80", 75)[0].contains("down to 75"));
        assert!(messages("function | a.rs | f | 80", 70)[0].contains("no longer needed"));
        assert!(messages("function | b.rs | f | 80", 10)[0].contains("no longer needed"));
    }

    #[test]
    fn a_malformed_entry_is_found() {
        assert!(messages("function | a.rs | f | many", 80)[0].contains("number of lines"));
        assert!(messages("folder | a.rs | f | 80", 80)[0].contains("file or function"));
    }
}
