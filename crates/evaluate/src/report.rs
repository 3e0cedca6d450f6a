//! Small tables of figures.

use std::fmt;

/// Rows of text under headers; the first column is aligned left, the others right, as figures are.
///
/// Prints as plain text ([`fmt::Display`]) or as Markdown ([`Table::to_markdown`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new<S: Into<String>>(headers: impl IntoIterator<Item = S>) -> Self {
        Self { headers: headers.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row: missing cells are empty, a cell without a header gets an empty one.
    pub fn push<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let row: Vec<String> = cells.into_iter().map(Into::into).collect();
        if row.len() > self.headers.len() {
            self.headers.resize(row.len(), String::new());
        }
        self.rows.push(row);
    }

    /// Number of rows under the headers.
    pub fn num_rows(&self) -> usize {
        self.rows.len()
    }

    /// The table as aligned Markdown; `|` in a cell is escaped, a line break becomes a space.
    pub fn to_markdown(&self) -> String {
        let escaped = Self {
            headers: self.headers.iter().map(|cell| escape(cell)).collect(),
            rows: self.rows.iter().map(|row| row.iter().map(|cell| escape(cell)).collect()).collect(),
        };
        // A rule needs three characters.
        let widths: Vec<usize> = escaped.widths().into_iter().map(|width| width.max(3)).collect();
        let line = |row: &[String]| format!("| {} |\n", aligned(row, &widths, " | "));
        let rules: Vec<String> = widths.iter().enumerate().map(|(at, &width)| rule(at, width)).collect();
        let mut text = line(&escaped.headers);
        text.push_str(&format!("|{}|\n", rules.join("|")));
        escaped.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }

    fn widths(&self) -> Vec<usize> {
        let width = |cells: &[String], at: usize| cells.get(at).map_or(0, |cell| cell.chars().count());
        (0..self.headers.len())
            .map(|at| {
                self.rows.iter().map(|row| width(row, at)).max().unwrap_or(0).max(width(&self.headers, at))
            })
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in std::iter::once(&self.headers).chain(&self.rows) {
            writeln!(f, "{}", aligned(row, &widths, "  ").trim_end())?;
        }
        Ok(())
    }
}

fn escape(cell: &str) -> String {
    cell.replace('|', "\\|").replace('\n', " ")
}

fn rule(at: usize, width: usize) -> String {
    if at == 0 { format!(":{}", "-".repeat(width + 1)) } else { format!("{}:", "-".repeat(width + 1)) }
}

fn aligned(row: &[String], widths: &[usize], between: &str) -> String {
    let cell = |at: usize| row.get(at).map_or("", String::as_str);
    let pad = |(at, &width): (usize, &usize)| {
        if at == 0 { format!("{:<width$}", cell(at)) } else { format!("{:>width$}", cell(at)) }
    };
    widths.iter().enumerate().map(pad).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["set", "nDCG@10"]);
        table.push(["scifact", "0.626"]);
        table.push(["é|x"]);
        table
    }

    #[test]
    fn plain_columns_line_up() {
        assert_eq!(table().to_string(), "set      nDCG@10\nscifact    0.626\né|x\n");
    }

    #[test]
    fn markdown_is_aligned_and_escaped() {
        let expected =
            "| set     | nDCG@10 |\n|:--------|--------:|\n| scifact |   0.626 |\n| é\\|x    |         |\n";
        assert_eq!(table().to_markdown(), expected);
    }

    #[test]
    fn rows_may_be_longer_than_the_headers() {
        let mut table = Table::new(["a"]);
        table.push(["1", "2"]);
        assert_eq!(table.to_string(), "a\n1  2\n");
        assert_eq!(table.num_rows(), 1);
    }
}
