use crate::rows::{KEYS, Rows};
use crate::view::PartView;
use crate::{MAX_KEY_BYTES, Result};

/// Reads all of one part: every block, every offset, the order of its keys.
pub(crate) fn check(part: &PartView) -> Result<()> {
    check_rows(part.rows())
}

/// The same of its rows.
pub(crate) fn check_rows(rows: &Rows) -> Result<()> {
    rows.compare_all()?;
    for section in 0..rows.sections().len() {
        check_offsets(rows, section)?;
    }
    check_keys(rows)
}

/// Each row starts where the one before ends, and together they are the whole section.
fn check_offsets(rows: &Rows, section: usize) -> Result<()> {
    let place = rows.sections()[section];
    let mut total = 0;
    for row in 0..rows.num_rows() {
        total += rows.cell(section, row)?.len();
    }
    let starts_at_zero = place.width.is_some() || rows.first_offset(section)? == 0;
    if total == place.data_bytes && starts_at_zero {
        return Ok(());
    }
    let what = format!(
        "rows of section {section} have {total} bytes together, the section has {}",
        place.data_bytes
    );
    Err(rows.corrupt(place.offsets_at, what))
}

/// Keys ascend strictly in key order: so each row is in it once, and no key twice.
fn check_keys(rows: &Rows) -> Result<()> {
    let bad = |row: u32, what: &str| {
        Err(rows.corrupt(rows.sections()[KEYS].data_at, format!("the key of row {row} {what}")))
    };
    let mut before: Option<&str> = None;
    for place in 0..rows.num_rows() {
        let row = rows.ordered(place)?;
        let key = rows.key(row)?;
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return bad(row, &format!("has {} bytes, not 1..={MAX_KEY_BYTES}", key.len()));
        }
        if before.is_some_and(|before| before >= key) {
            return bad(row, "is not above the one before it in key order");
        }
        before = Some(key);
    }
    Ok(())
}
