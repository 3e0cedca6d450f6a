//! Small tables of figures.

use std::fmt;

/// Rows of text under headers; the first column is aligned left, the others right, as figures are.
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
            writeln!(f, "{}", aligned(row, &widths).trim_end())?;
        }
        Ok(())
    }
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let cell = |at: usize| row.get(at).map_or("", String::as_str);
    let pad = |(at, &width): (usize, &usize)| {
        if at == 0 { format!("{:<width$}", cell(at)) } else { format!("{:>width$}", cell(at)) }
    };
    widths.iter().enumerate().map(pad).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["set", "nDCG@10"]);
        table.push(["scifact", "0.626"]);
        table.push(["é"]);
        table
    }

    #[test]
    fn plain_columns_line_up() {
        assert_eq!(table().to_string(), "set      nDCG@10\nscifact    0.626\né\n");
    }

    #[test]
    fn rows_may_be_longer_than_the_headers() {
        let mut table = Table::new(["a"]);
        table.push(["1", "2"]);
        assert_eq!(table.to_string(), "a\n1  2\n");
        assert_eq!(table.num_rows(), 1);
    }
}
