use crate::columns::TOKENS;
use crate::error::{Error, Result};
use crate::snapshot::Location;
use crate::sources::all_locations;
use crate::{MultiVector, Query, Snapshot};
use pleiad_vectors::{Generator, Seed};

/// How much a calibration may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Queries, at most.
    max_queries: usize,
    /// Queries times documents scored on their codes for each, at most, as long as that leaves [`MIN_QUERIES`].
    max_scores: u64,
    /// Documents from which on postings are made, to see whether plans want them.
    min_with_postings: u64,
}

impl Effort {
    /// Of a calibration that was asked for: some ten seconds of one core at most.
    pub(crate) const THOROUGH: Self = Self { max_queries: 512, max_scores: 4 << 20, min_with_postings: 256 };
    /// Of one that happens when a writer is closed: less than a second of one core.
    pub(crate) const BRIEF: Self = Self { max_queries: 256, max_scores: 384 << 10, min_with_postings: 4096 };
}

impl Effort {
    /// Whether so many documents are worth trying postings for. A scan over the FDEs of a few thousand costs less than a
    /// query's centroids, and making them more than all that it saves.
    pub(super) fn tries_postings(self, num_documents: u64) -> bool {
        num_documents >= self.min_with_postings
    }
}

/// Fewer queries than this say little: rather than fewer queries, fewer documents are scored.
const MIN_QUERIES: usize = 96;

/// Queries made from one document, at most: where there are few documents.
const QUERIES_PER_DOCUMENT: usize = 4;

/// Tokens of a query made from a document: a number in this range is drawn for each.
const QUERY_TOKENS: (f64, f64) = (2.0, 32.0);

/// Where all choices come from: the same documents give the same calibration.
const SEED: Seed = Seed(0x706c_6569_6164);

/// Queries and documents of a calibration.
pub(super) struct Drawn {
    pub(super) queries: Vec<Asked>,
    /// Documents among which exact answers are looked for.
    pub(super) documents: Vec<Location>,
    /// Their share of all documents.
    pub(super) share: f64,
}

/// A query, and the document that it was made from: that one is no answer.
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) excluded: Option<Location>,
}

impl Drawn {
    pub(super) fn new(snapshot: &Snapshot, given: &[Query], effort: Effort) -> Result<Self> {
        let all = all_locations(snapshot)?;
        let available = if given.is_empty() { all.len() * QUERIES_PER_DOCUMENT } else { given.len() };
        let affordable = (effort.max_scores / (all.len() as u64).max(1)) as usize;
        let num_queries = available.min(effort.max_queries).min(affordable.max(MIN_QUERIES));
        let num_documents = (effort.max_scores / (num_queries as u64).max(1)) as usize;
        let queries = if given.is_empty() {
            of_documents(snapshot, &all, num_queries)?
        } else {
            let spread = (0..num_queries).map(|at| &given[at * given.len() / num_queries]);
            spread.map(|query| Asked { query: query.clone(), excluded: None }).collect()
        };
        let num_all = all.len().max(1);
        let documents = pick(all, num_documents, 1);
        let share = documents.len() as f64 / num_all as f64;
        Ok(Self { queries, documents, share })
    }
}

/// `num` of the documents, those of least hash: the same ones whatever order they come in.
fn pick(mut all: Vec<Location>, num: usize, label: u64) -> Vec<Location> {
    if num < all.len() {
        all.select_nth_unstable_by_key(num, |location| {
            (SEED.derive(label).derive(location.id.0).0, *location)
        });
        all.truncate(num);
    }
    all.sort_unstable();
    all
}

fn of_documents(snapshot: &Snapshot, all: &[Location], num_queries: usize) -> Result<Vec<Asked>> {
    let chosen = pick(all.to_vec(), num_queries, 2);
    let rounds = num_queries.div_ceil(chosen.len().max(1)).max(1) as u64;
    let pairs = (0..rounds).flat_map(|round| chosen.iter().map(move |&location| (round, location)));
    pairs.take(num_queries).map(|(round, location)| of_document(snapshot, location, round)).collect()
}

/// Some tokens of a document, as a query for the other documents.
fn of_document(snapshot: &Snapshot, location: Location, round: u64) -> Result<Asked> {
    let mut generator = SEED.derive(3 + round).derive(location.id.0).generator();
    let mut values = Vec::new();
    let codec = snapshot.token_codec()?;
    codec
        .decode(snapshot.column(location, TOKENS)?, &mut values)
        .map_err(|error| Error::corrupt(snapshot.place(location)).caused_by(error))?;
    let mut rows: Vec<&[f32]> = values.chunks_exact(codec.dim()).collect();
    generator.shuffle(&mut rows);
    rows.truncate(num_query_tokens(&mut generator));
    Ok(Asked { query: Query::new(MultiVector::new(rows.concat(), codec.dim())?), excluded: Some(location) })
}

/// Between the limits, each octave as often as the others.
fn num_query_tokens(generator: &mut Generator) -> usize {
    let (least, most) = QUERY_TOKENS;
    (least * (most / least).powf(generator.uniform())).round() as usize
}
