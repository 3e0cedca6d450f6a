use super::{Group, GroupBy, MAX_DEPTH, Page, PageParams};
use crate::columns::{self, ATTRIBUTES};
use crate::error::{Error, Result};
use crate::{Answer, Hit, SearchParams, Snapshot};
use pleiad_filter::{Path, Predicate, Test, Value, Values};
use std::collections::BTreeMap;

/// Documents looked at for each one wanted, to begin with: some groups have several of the best.
const FIRST_FACTOR: usize = 4;

/// Factor from one depth of the ranking to the next, where it held too few groups.
const DEEPER: usize = 4;

/// A group that is being gathered, with its best hits.
struct Gathered {
    value: Option<Value>,
    hits: Vec<Hit>,
}

/// Groups in the order of their best hits.
struct Groups<'a> {
    snapshot: &'a Snapshot,
    by: &'a GroupBy,
    groups: Vec<Gathered>,
    /// Positions in `groups` by value.
    places: BTreeMap<Value, usize>,
}

/// A page of groups.
pub(super) fn page<E: From<Error>>(
    snapshot: &Snapshot,
    page: &PageParams,
    by: &GroupBy,
    params: &SearchParams,
    search: impl Fn(&SearchParams) -> std::result::Result<Answer, E>,
) -> std::result::Result<Page, E> {
    let offset = page.offset.unwrap_or(0);
    let num_groups = offset.saturating_add(params.k);
    let num_wanted = num_groups.saturating_mul(by.size).saturating_mul(FIRST_FACTOR).min(MAX_DEPTH);
    let mut depth = page.depth(num_wanted, params);
    let (answer, groups, is_whole) = loop {
        let answer = search(&SearchParams { k: depth, ..params.clone() })?;
        let is_whole = answer.hits.len() < depth || depth >= MAX_DEPTH;
        let above: Vec<&Hit> = answer.hits.iter().filter(|hit| page.reaches(hit.score.get())).collect();
        let is_whole = is_whole || above.len() < answer.hits.len();
        let groups = Groups::of(snapshot, by, &above)?;
        if groups.groups.len() >= num_groups || is_whole {
            break (answer, groups, is_whole);
        }
        depth = depth.saturating_mul(DEEPER).min(MAX_DEPTH);
    };
    let mut chosen: Vec<Gathered> = groups.groups.into_iter().skip(offset).take(params.k).collect();
    if !is_whole {
        fill(snapshot, page, by, params, &mut chosen, search)?;
    }
    let of_group = |group: &Gathered| Group { value: group.value.clone(), num_hits: group.hits.len() };
    let groups = chosen.iter().map(of_group).collect();
    let hits = chosen.into_iter().flat_map(|group| group.hits).collect();
    Ok(Page { answer: Answer { hits, ..answer }, groups: Some(groups) })
}

/// Finds the members of groups that have fewer than wanted: further down than the groups themselves.
fn fill<E: From<Error>>(
    snapshot: &Snapshot,
    page: &PageParams,
    by: &GroupBy,
    params: &SearchParams,
    chosen: &mut [Gathered],
    search: impl Fn(&SearchParams) -> std::result::Result<Answer, E>,
) -> std::result::Result<(), E> {
    let is_short = |group: &&Gathered| group.hits.len() < by.size && group.value.is_some();
    let values: Vec<Value> = chosen.iter().filter(is_short).filter_map(|group| group.value.clone()).collect();
    if values.is_empty() {
        return Ok(());
    }
    let among =
        Predicate::Attribute { path: by.path.clone(), test: Test::OneOf(Values::new(values.clone())) };
    let filter = params.filter.iter().cloned().chain([among]).collect();
    let filter = Some(Predicate::And(filter));
    let mut depth = values.len().saturating_mul(by.size).saturating_mul(FIRST_FACTOR).min(MAX_DEPTH);
    loop {
        // Budgets are for the ranking of groups.
        let deeper = SearchParams {
            k: depth,
            filter: filter.clone(),
            num_candidates: None,
            num_reranked: None,
            ..params.clone()
        };
        let answer = search(&deeper)?;
        let above: Vec<&Hit> = answer.hits.iter().filter(|hit| page.reaches(hit.score.get())).collect();
        let is_whole = answer.hits.len() < depth || depth >= MAX_DEPTH || above.len() < answer.hits.len();
        let found = Groups::of(snapshot, by, &above)?;
        let members = |value: &Value| found.places.get(value).map(|&at| &found.groups[at].hits);
        let is_full = |value: &Value| members(value).is_some_and(|hits| hits.len() >= by.size);
        if is_whole || values.iter().all(is_full) {
            for group in chosen.iter_mut() {
                let hits = group.value.as_ref().and_then(members);
                // What was found before stays first: the order of groups is that of their best hits.
                let known = group.hits.clone();
                let further =
                    hits.into_iter().flatten().filter(|hit| known.iter().all(|known| known.id != hit.id));
                group.hits.extend(further.cloned());
                group.hits.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()).then(a.id.cmp(&b.id)));
                group.hits.truncate(by.size);
            }
            return Ok(());
        }
        depth = depth.saturating_mul(DEEPER).min(MAX_DEPTH);
    }
}

impl<'a> Groups<'a> {
    /// The groups of hits that come in their order. Cost: the attributes of each are read.
    fn of(snapshot: &'a Snapshot, by: &'a GroupBy, hits: &[&Hit]) -> Result<Self> {
        let mut groups = Self { snapshot, by, groups: Vec::new(), places: BTreeMap::new() };
        hits.iter().try_for_each(|hit| groups.push(hit))?;
        Ok(groups)
    }

    fn push(&mut self, hit: &Hit) -> Result<()> {
        let values = values_of(self.snapshot, &self.by.path, hit)?;
        if values.is_empty() {
            self.groups.push(Gathered { value: None, hits: vec![hit.clone()] });
        }
        for value in values {
            let at = *self.places.entry(value.clone()).or_insert(self.groups.len());
            if at == self.groups.len() {
                self.groups.push(Gathered { value: Some(value), hits: Vec::new() });
            }
            let hits = &mut self.groups[at].hits;
            if hits.len() < self.by.size {
                hits.push(hit.clone());
            }
        }
        Ok(())
    }
}

fn values_of(snapshot: &Snapshot, path: &Path, hit: &Hit) -> Result<Vec<Value>> {
    let location = snapshot.locate_hit(hit)?;
    let place = || snapshot.place(location);
    Ok(path.values(&columns::decode_attributes(snapshot.column(location, ATTRIBUTES)?, place)?))
}
