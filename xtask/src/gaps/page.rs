use super::compare::{Comparison, Gap};

const HEAD: &str = "\
# Gaps: measured cases in which Pleiad loses or ties

Made by `cargo xtask gaps` from the records under `benchmarks/`; `cargo xtask tidy` fails while this page and the records
differ. A row is one recorded case: the rival is ahead by the factor, or level within 2 %. Pleiad is its default
configuration unless the heading names another one; values and dates are those of the record. Cases that no record
measures are not here, and a factor of one machine need not hold on another.
";

/// A claim that a later measurement took back.
#[derive(Debug)]
pub(super) struct Withdrawn {
    date: String,
    claim: String,
    reason: String,
}

/// Reads `date | claim | measurement that contradicts it`.
///
/// # Errors
/// A row of another width, with its line.
pub(super) fn withdrawn(text: &str) -> Result<Vec<Withdrawn>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let row = |(index, line): (usize, &str)| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [date, claim, reason] = cells[..] else {
            return Err(format!("gaps: withdrawn.txt:{}: a row has 3 cells, divided by |", index + 1));
        };
        Ok(Withdrawn { date: date.to_owned(), claim: claim.to_owned(), reason: reason.to_owned() })
    };
    lines.map(row).collect()
}

/// The page of all gaps and withdrawn claims.
pub(super) fn render(groups: &[(Comparison, Vec<Gap>)], withdrawn: &[Withdrawn]) -> String {
    let mut text = String::from(HEAD);
    for (comparison, gaps) in groups {
        let record = &comparison.record;
        text += &format!("\n## {}\n\nRecord: [{record}](../benchmarks/{record}).\n\n", comparison.quantity);
        if gaps.is_empty() {
            text.push_str("No loss and no tie in this record.\n");
            continue;
        }
        text.push_str(
            "| data | rival | Pleiad | rival's value | ahead by | date |\n|---|---|--:|--:|--:|---|\n",
        );
        for gap in gaps {
            let factor = gap.factor.map_or("tie".to_owned(), |factor| format!("{factor:.2}"));
            let Gap { data, rival, ours, theirs, date, .. } = gap;
            text += &format!("| {data} | {rival} | {ours} | {theirs} | {factor} | {date} |\n");
        }
    }
    text.push_str("\n## Withdrawn claims\n\n| date | claim | what was measured since |\n|---|---|---|\n");
    for Withdrawn { date, claim, reason } in withdrawn {
        text += &format!("| {date} | {claim} | {reason} |\n");
    }
    text
}
