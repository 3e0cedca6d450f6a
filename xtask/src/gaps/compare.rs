use super::record::{Record, Table, number};

/// Values that differ by less than this share count as a tie.
const TIE: f64 = 0.02;

/// A row of `comparisons.txt`.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    /// File under `benchmarks/`.
    pub(super) record: String,
    /// Name of the first column of the tables that count.
    key: String,
    ours: Ours,
    column: String,
    is_less_better: bool,
    /// The measured quantity with its unit, for readers.
    pub(super) quantity: String,
}

/// Position of Pleiad's own value in a table.
#[derive(Debug, Clone)]
enum Ours {
    /// In the row with this key; every row that begins with another word is a rival's.
    Row(String),
    /// In this column of the same row; the compared column is the rival's.
    Column(String),
}

/// A recorded case in which a rival is level or ahead.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) data: String,
    pub(super) rival: String,
    pub(super) ours: String,
    pub(super) theirs: String,
    /// Factor by which the rival is better; nothing for a tie.
    pub(super) factor: Option<f64>,
    pub(super) date: String,
}

/// Reads `record | first column | rows OURS or column OURS | column | less or more | quantity`.
///
/// # Errors
/// A row of another shape, with its line.
pub(super) fn comparisons(text: &str) -> Result<Vec<Comparison>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| comparison(line).ok_or(format!("gaps: comparisons.txt:{}: {line}", index + 1)))
        .collect()
}

fn comparison(line: &str) -> Option<Comparison> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [record, key, ours, column, better, quantity] = cells[..] else { return None };
    let ours = match ours.split_once(' ')? {
        ("rows", row) => Ours::Row(row.to_owned()),
        ("column", column) => Ours::Column(column.to_owned()),
        _ => return None,
    };
    let is_less_better = match better {
        "less" => true,
        "more" => false,
        _ => return None,
    };
    let owned = str::to_owned;
    Some(Comparison {
        record: owned(record),
        key: owned(key),
        ours,
        column: owned(column),
        is_less_better,
        quantity: owned(quantity),
    })
}

/// All losses and ties of one comparison in its record.
///
/// # Errors
/// No table of the record has the columns.
pub(super) fn gaps(comparison: &Comparison, record: &Record) -> Result<Vec<Gap>, String> {
    let is_meant =
        |table: &&Table| table.columns[0] == comparison.key && table.column(&comparison.column).is_some();
    let tables: Vec<&Table> = record.tables.iter().filter(is_meant).collect();
    if tables.is_empty() {
        return Err(format!(
            "gaps: {} has no table with the columns \"{}\" and \"{}\"",
            comparison.record, comparison.key, comparison.column
        ));
    }
    Ok(tables.into_iter().flat_map(|table| of_table(comparison, table, &record.date)).collect())
}

fn of_table(comparison: &Comparison, table: &Table, date: &str) -> Vec<Gap> {
    let Some(column) = table.column(&comparison.column) else { return Vec::new() };
    let of_rival = |row: &[String], ours: &str, rival: &str, data: String| {
        let (mine, theirs) = (number(ours)?, number(row.get(column)?)?);
        let factor = if comparison.is_less_better { mine / theirs } else { theirs / mine };
        (factor > 1.0 - TIE).then(|| Gap {
            data,
            rival: rival.to_owned(),
            ours: ours.to_owned(),
            theirs: row[column].clone(),
            factor: (factor > 1.0 + TIE).then_some(factor),
            date: date.to_owned(),
        })
    };
    let data = table.heading.split(':').next().unwrap_or_default().to_owned();
    match &comparison.ours {
        Ours::Row(name) => {
            let Some(ours) = table.rows.iter().find(|row| row[0] == *name).and_then(|row| row.get(column))
            else {
                return Vec::new();
            };
            let family = name.split([',', ' ']).next().unwrap_or_default();
            let rivals = table.rows.iter().filter(|row| !row[0].starts_with(family));
            rivals.filter_map(|row| of_rival(row, ours, &row[0], data.clone())).collect()
        }
        Ours::Column(name) => {
            let Some(own) = table.column(name) else { return Vec::new() };
            let rows = table.rows.iter().filter(|row| row.len() > own);
            rows.filter_map(|row| of_rival(row, &row[own], &comparison.column, format!("{data}, {}", row[0])))
                .collect()
        }
    }
}
