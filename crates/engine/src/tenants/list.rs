use super::name::{SEPARATOR, Tenant, tenant_of};
use crate::Snapshot;
use crate::error::{Error, Result};
use pleiad_store::PartView;
use std::collections::BTreeMap;

/// The character after the separator: every key of a tenant stands before its name with this.
const AFTER: char = '\u{20}';

/// A tenant and the number of its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantInfo {
    /// Its name.
    pub tenant: Tenant,
    /// Its documents.
    pub num_documents: u64,
}

impl Snapshot {
    /// The tenants that have documents, by name: at most `limit`, behind `after` where one is given.
    ///
    /// Cost: some binary searches in each part for each of them; where rows are deleted, a look at each of their rows.
    ///
    /// # Errors
    /// `InvalidArgument` where the collection has no tenants, `Corrupt` when a key that had to be read cannot be.
    pub fn tenants(&self, after: Option<&Tenant>, limit: usize) -> Result<Vec<TenantInfo>> {
        self.of_all_tenants()?;
        let mut found: BTreeMap<Tenant, u64> = BTreeMap::new();
        for part in self.view.parts() {
            for (tenant, num) in tenants_of(part, after, limit)? {
                *found.entry(tenant).or_default() += num;
            }
        }
        let found = found.into_iter().take(limit);
        Ok(found.map(|(tenant, num_documents)| TenantInfo { tenant, num_documents }).collect())
    }
}

/// The first tenants of a part that have documents.
fn tenants_of(part: &PartView, after: Option<&Tenant>, limit: usize) -> Result<Vec<(Tenant, u64)>> {
    let behind = |tenant: &Tenant| format!("{tenant}{AFTER}");
    let (mut found, mut from) = (Vec::new(), after.map(behind).unwrap_or_default());
    while found.len() < limit
        && let Some(key) = part.first_key_from(&from)?
    {
        let tenant = tenant_of(key).ok_or_else(|| {
            Error::corrupt(format!(
                "{}: the key {key:?} has no tenant before U+{:04X}",
                part.name(),
                SEPARATOR as u32
            ))
        })?;
        let prefix = tenant.prefix();
        let num = match part.deleted().is_empty() {
            true => u64::from(part.num_rows_with_prefix(&prefix)?),
            false => part.rows_with_prefix(&prefix)?.difference_len(part.deleted()),
        };
        from = behind(&tenant);
        if num > 0 {
            found.push((tenant, num));
        }
    }
    Ok(found)
}
