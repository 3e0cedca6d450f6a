use super::finding::Finding;
use super::tree::Tree;

/// One line of a table under `xtask/tidy/`: cells between `|`, trimmed.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) line: usize,
    pub(super) cells: Vec<&'a str>,
}

/// The rows of a table, without empty lines and those that begin with `#`.
///
/// # Errors
/// Findings for a table that is missing or has rows of another width.
pub(super) fn rows<'a>(tree: &'a Tree, path: &str, num_cells: usize) -> Result<Vec<Row<'a>>, Vec<Finding>> {
    let Some(text) = tree.text(path) else {
        return Err(vec![Finding::new(path, 0, "this table is missing: tidy reads it")]);
    };
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|(line, text)| Row { line, cells: text.split('|').map(str::trim).collect() });
    let (good, bad): (Vec<Row<'_>>, Vec<Row<'_>>) = rows.partition(|row| row.cells.len() == num_cells);
    if bad.is_empty() {
        return Ok(good);
    }
    let message = format!("a row of this table has {num_cells} cells, divided by |");
    Err(bad.iter().map(|row| Finding::new(path, row.line, message.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_their_width() {
        let tree = Tree::of(&[("t.txt", "# words\n\na | b\nc\n")]);
        assert_eq!(rows(&tree, "t.txt", 2).unwrap_err()[0].line, 4);
        assert_eq!(rows(&tree, "u.txt", 2).unwrap_err()[0].line, 0);
        let tree = Tree::of(&[("t.txt", "a | b |\n")]);
        assert_eq!(rows(&tree, "t.txt", 3).unwrap()[0].cells, ["a", "b", ""]);
    }
}
