//! One way to keep tokens, measured on one collection.

use crate::quality::Quality;

/// A row of the tables.
pub struct Row {
    /// Name in the tables.
    pub title: String,
    /// Cost of coding; nothing where nothing is coded.
    pub cost: Option<Cost>,
    /// Loss of a ranking by the code.
    pub quality: Quality,
}

/// Size and error of codes by themselves.
pub struct Cost {
    /// By value of a token, all constants counted.
    pub bits: f64,
    /// Bytes that the collection shares.
    pub state_bytes: usize,
    /// Mean squared error over the mean square.
    pub relative_error: f64,
    /// CPU time to write a token and read it back.
    pub micros: f64,
}

/// Columns of the record.
pub const COLUMNS: [&str; 10] =
    ["code", "bits", "state kB", "MSE", "\\|Δ\\|", "R@10", "R@100", "depth", "nDCG@10", "µs/token"];

/// Columns of the document.
pub const SHORT_COLUMNS: [&str; 10] =
    ["code", "bits", "state kB", "MSE", "\\|Δ\\|", "R@10", "R@100", "within", "nDCG@10", "µs/token"];

impl Row {
    /// Cells of the record.
    pub fn cells(&self) -> Vec<String> {
        let blank = || vec![String::new(); 3];
        let cost = self.cost.as_ref().map_or_else(blank, |cost| {
            vec![format!("{:.3}", cost.bits), cost.state(), format!("{:.4}", cost.relative_error)]
        });
        let micros = self.cost.as_ref().map_or_else(String::new, |cost| format!("{:.2}", cost.micros));
        [vec![self.title.clone()], cost, self.quality.cells(), vec![micros]].concat()
    }
}

impl Cost {
    fn state(&self) -> String {
        if self.state_bytes == 0 { String::new() } else { (self.state_bytes >> 10).to_string() }
    }
}

/// Cells of the document: the same row of several collections.
pub fn short_cells(rows: &[&Row]) -> Vec<String> {
    let of_cost = |of: &dyn Fn(&Cost) -> String| {
        let cells: Option<Vec<String>> = rows.iter().map(|row| row.cost.as_ref().map(of)).collect();
        cells.map_or_else(String::new, |cells| cells.join(" / "))
    };
    let of_quality = |of: &dyn Fn(&Quality) -> String| {
        rows.iter().map(|row| of(&row.quality)).collect::<Vec<_>>().join(" / ")
    };
    let state = rows[0].cost.as_ref().map_or_else(String::new, Cost::state);
    vec![
        rows[0].title.clone(),
        of_cost(&|cost| format!("{:.2}", cost.bits)),
        state,
        of_cost(&|cost| share(cost.relative_error, 4)),
        of_quality(&|quality| share(quality.difference, 4)),
        of_quality(&|quality| share(quality.recall_10, 3)),
        of_quality(&|quality| share(quality.recall_100, 3)),
        of_quality(&|quality| quality.most_depth.to_string()),
        of_quality(&|quality| share(quality.ndcg, 3)),
        of_cost(&|cost| format!("{:.1}", cost.micros)),
    ]
}

/// `0.97605` as `.976`.
fn share(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}
