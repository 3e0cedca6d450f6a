use super::sample::depth_for;
use crate::error::{Error, Result};
use crate::snapshot::Location;
use crate::{MultiVector, Query, Snapshot};
use pleiad_vectors::{Generator, Seed};

/// How much a calibration may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Queries, at most.
    max_queries: usize,
    /// Queries times documents scored on their codes for each, about.
    max_scores: u64,
    /// Rather than fewer queries than this, which say little, fewer documents are scored.
    min_queries: usize,
    /// Documents from which on postings are made, to see whether plans want them.
    min_with_postings: u64,
}

impl Effort {
    /// Of a calibration that was asked for: some ten seconds of one core, and half of that more for each 100,000 documents.
    pub(crate) const THOROUGH: Self =
        Self { max_queries: 512, max_scores: 4 << 20, min_queries: 192, min_with_postings: 256 };
    /// Of one that happens when a writer is closed: a second of one core, and three more for each 100,000 documents.
    pub(crate) const BRIEF: Self =
        Self { max_queries: 256, max_scores: 384 << 10, min_queries: 96, min_with_postings: 4096 };
}

impl Effort {
    /// Whether so many documents are worth trying postings for. A scan over the FDEs of a few thousand costs less than a
    /// query's centroids, and making them more than all that it saves.
    pub(crate) fn tries_postings(self, num_documents: u64) -> bool {
        num_documents >= self.min_with_postings
    }
}

/// Queries made from one document, at most: where there are few documents.
const QUERIES_PER_DOCUMENT: usize = 4;

/// Tokens of a query made from a document: a number in this range is drawn for each.
const QUERY_TOKENS: (f64, f64) = (2.0, 32.0);

/// Where all choices come from: the same documents give the same calibration.
const SEED: Seed = Seed(0x706c_6569_6164);

/// Queries of a calibration, and how exact answers to them are found.
pub(super) struct Drawn {
    pub(super) queries: Vec<Asked>,
    /// All of them, by id.
    pub(super) documents: Vec<Location>,
    /// The first documents of every source that are scored for each query, beside a sample of the others; nothing where all
    /// documents are.
    pub(super) depth: Option<usize>,
}

/// A query, and the document that it was made from: that one is no answer.
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) excluded: Option<Location>,
    /// What decides which documents are scored for it.
    pub(super) seed: Seed,
}

impl Drawn {
    pub(super) fn new(snapshot: &Snapshot, given: &[Query], effort: Effort) -> Result<Self> {
        let mut all = snapshot.live_documents()?;
        all.sort_unstable();
        let available = if given.is_empty() { all.len() * QUERIES_PER_DOCUMENT } else { given.len() };
        let affordable = (effort.max_scores / (all.len() as u64).max(1)) as usize;
        let num_queries = available.min(effort.max_queries).min(affordable.max(effort.min_queries));
        let num_scored = (effort.max_scores / (num_queries as u64).max(1)) as usize;
        let of_given = |at: usize| {
            let query = given[at * given.len() / num_queries].clone();
            Asked { query, excluded: None, seed: SEED.derive(1).derive(at as u64) }
        };
        let queries = if given.is_empty() {
            of_documents(snapshot, &all, num_queries)?
        } else {
            (0..num_queries).map(of_given).collect()
        };
        let depth = (num_scored < all.len()).then(|| depth_for(num_scored, all.len()));
        Ok(Self { queries, documents: all, depth })
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
        .decode(snapshot.field().token_codes(snapshot, location)?, &mut values)
        .map_err(|error| Error::corrupt(snapshot.place(location)).caused_by(error))?;
    let mut rows: Vec<&[f32]> = values.chunks_exact(codec.dim()).collect();
    generator.shuffle(&mut rows);
    rows.truncate(num_query_tokens(&mut generator));
    let query = Query::new(MultiVector::new(rows.concat(), codec.dim())?);
    Ok(Asked {
        query,
        excluded: Some(location),
        seed: SEED.derive(2 + round).derive(location.id.0).derive(0),
    })
}

/// Between the limits, each octave as often as the others.
fn num_query_tokens(generator: &mut Generator) -> usize {
    let (least, most) = QUERY_TOKENS;
    (least * (most / least).powf(generator.uniform())).round() as usize
}
