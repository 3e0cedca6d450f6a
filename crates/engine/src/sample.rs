use crate::error::Result;
use crate::row_mask::{DocumentMask, RowMask};
use crate::snapshot::DocAddress;
use crate::{Snapshot, StoredDocument};
use roaring::RoaringBitmap;
use std::sync::Arc;

impl Snapshot {
    /// All documents in no particular order.
    pub fn documents(&self) -> impl Iterator<Item = Result<StoredDocument>> + '_ {
        let refused = self.check_scope().err();
        let is_refused = refused.is_some();
        refused.into_iter().map(Err).chain(self.all_documents().filter(move |_| !is_refused))
    }

    /// All documents that it is narrowed to, or all.
    pub(crate) fn all_documents(&self) -> impl Iterator<Item = Result<StoredDocument>> + '_ {
        (0..).zip(self.view.parts()).flat_map(move |(at, part)| {
            let mask = RowMask::live(part);
            let own = self.own_rows_of(at);
            let is_own = move |row: u32| own.is_none_or(|own| own.contains(row));
            let visible = (0..part.num_rows()).filter(move |&row| mask.contains(row) && is_own(row));
            visible.map(move |row| self.read(self.location(at, row)?))
        })
    }

    /// At most `num` documents, spread evenly over the collection: the same ones each time. All of them where there
    /// are no more. Cost: that of reading them.
    ///
    /// # Errors
    /// `Corrupt` when one of them cannot be read.
    pub fn sample(&self, num: usize) -> Result<Vec<StoredDocument>> {
        self.check_scope()?;
        let locations = match self.scope.own_rows() {
            Some((rows, _)) => among(self, rows, num)?,
            None => sample(self, &DocumentMask::live(&self.view), num)?,
        };
        locations.into_iter().map(|location| self.read(location)).collect()
    }

    /// Every document, by part and row. Cost: all ids are read.
    pub(crate) fn live_documents(&self) -> Result<Vec<DocAddress>> {
        DocumentMask::live(&self.view).documents(self)
    }
}

/// At most `num` documents of a tenant, spread evenly over its rows.
fn among(snapshot: &Snapshot, rows: &[Arc<RoaringBitmap>], num: usize) -> Result<Vec<DocAddress>> {
    let live: Vec<RoaringBitmap> =
        rows.iter().zip(snapshot.view.parts()).map(|(rows, part)| &**rows - part.deleted()).collect();
    let all = live.iter().map(RoaringBitmap::len).sum::<u64>();
    let num_asked = all.min(num as u64);
    let (mut found, mut part, mut begin) = (Vec::new(), 0, 0);
    for at in 0..num_asked {
        let place = (u128::from(2 * at + 1) * u128::from(all) / u128::from(2 * num_asked)) as u64;
        while place >= begin + live[part].len() {
            begin += live[part].len();
            part += 1;
        }
        if let Some(row) = live[part].select((place - begin) as u32) {
            found.push(snapshot.location(part as u32, row)?);
        }
    }
    Ok(found)
}

/// At most `num` documents of a mask, spread evenly over the rows of all parts; all of them where there are no more. Cost: in
/// proportion to `num` and to rows next to each other that it hides.
pub(crate) fn sample(snapshot: &Snapshot, mask: &DocumentMask<'_>, num: usize) -> Result<Vec<DocAddress>> {
    let parts = snapshot.view.parts();
    let num_rows: u64 = parts.iter().map(|part| u64::from(part.num_rows())).sum();
    let num_asked = num_rows.min(num as u64);
    let mut found: Vec<DocAddress> = Vec::new();
    let (mut part, mut begin) = (0, 0);
    for at in 0..num_asked {
        // The middle of the range of rows that this document stands for.
        let row = (u128::from(2 * at + 1) * u128::from(num_rows) / u128::from(2 * num_asked)) as u64;
        while row >= begin + u64::from(parts[part].num_rows()) {
            begin += u64::from(parts[part].num_rows());
            part += 1;
        }
        let rows = (row - begin) as u32..parts[part].num_rows();
        let Some(row) = mask.part(part as u32).rows_in(rows).next() else { continue };
        if found.last().is_none_or(|last| (last.part, last.row) < (part as u32, row)) {
            found.push(snapshot.location(part as u32, row)?);
        }
    }
    Ok(found)
}
