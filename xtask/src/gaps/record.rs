/// A benchmark record: its tables in order, and the date under "Origin".
#[derive(Debug)]
pub(super) struct Record {
    pub(super) tables: Vec<Table>,
    pub(super) date: String,
}

/// One Markdown table with the heading above it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) heading: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Record {
    /// Reads the tables of a page. The first row of a table names its columns, the second divides.
    pub(super) fn parse(text: &str) -> Self {
        let (mut tables, mut heading, mut date) =
            (Vec::<Table>::new(), String::new(), String::from("unknown"));
        let mut is_inside = false;
        for line in text.lines() {
            if let Some(title) = line.strip_prefix('#') {
                heading = title.trim_start_matches('#').trim().to_owned();
            }
            if let Some(day) = line.strip_prefix("* Date: ") {
                date = day.trim().to_owned();
            }
            let Some(cells) = cells(line) else {
                is_inside = false;
                continue;
            };
            if !is_inside {
                tables.push(Table { heading: heading.clone(), columns: cells, rows: Vec::new() });
                is_inside = true;
            } else if let Some(table) = tables.last_mut()
                && !cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':'))
            {
                table.rows.push(cells);
            }
        }
        Self { tables, date }
    }
}

impl Table {
    /// The position of a column by its whole name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The cells of a line of a table, trimmed, or nothing for any other line.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// A number as records write them: `1,234`, `.95`, `0.3 %`; nothing for `-`, `–` and words.
pub(super) fn number(cell: &str) -> Option<f64> {
    let plain: String = cell.trim_matches(['*', '%', ' ', '×']).chars().filter(|&c| c != ',').collect();
    match plain.parse() {
        Ok(value) if f64::is_finite(value) => Some(value),
        _ => None,
    }
}
