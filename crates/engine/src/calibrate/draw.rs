use super::confidence::Margin;
use super::sample::depth_for;
use super::synthetic::QueriesOfDocuments;
use crate::calibration::{CalibratedRanking, MIN_TOKENS, QueryOrigin, class_of};
use crate::error::Result;
use crate::snapshot::DocAddress;
use crate::{HybridQuery, HybridWeights, Snapshot};
use pleiad_vectors::Seed;
use std::collections::HashMap;

/// The source of all choices: the same documents and queries give the same calibration.
pub(super) const SEED: Seed = Seed(0x706c_6569_6164);

/// Real queries of its own length that a class has at least where it is measured with real ones: the rest up to
/// [`RealQueries::min_queries`] may be shorter, for these are harder.
const MIN_OWN: usize = 16;

/// Queries made from documents for a class that has no real ones, where others have.
const NUM_BESIDE_REAL: usize = 48;

/// Classes from this one on are measured with queries of many lengths where these are made from documents.
const FIRST_OF_MIXTURE: usize = 3;

/// The classes whose queries made from documents are the mixture: 3 to 32 tokens.
const MIXTURE: std::ops::RangeInclusive<usize> = 1..=4;

/// Real queries at hand, and the classes of lengths that are to be measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealQueries<'a> {
    /// Taken before observed ones.
    pub(crate) given: &'a [HybridQuery],
    pub(crate) observed: &'a [HybridQuery],
    /// Classes with fewer are measured with queries made from documents.
    pub(crate) min_queries: usize,
    /// All classes where there is nothing here.
    pub(crate) only: Option<&'a [usize]>,
}

impl<'a> RealQueries<'a> {
    /// Real queries of a class that promises are made from.
    const MIN_QUERIES: usize = 40;

    /// Queries for all classes.
    pub(crate) fn new(given: &'a [HybridQuery], observed: &'a [HybridQuery]) -> Self {
        Self { given, observed, min_queries: Self::MIN_QUERIES, only: None }
    }

    fn wants(&self, class: usize) -> bool {
        self.only.is_none_or(|only| only.contains(&class))
    }
}

/// Queries of a calibration, and the documents that exact answers to them are looked for in.
pub(super) struct SampledQueries {
    pub(super) ranking: CalibratedRanking,
    pub(super) queries: Vec<CalibrationQuery>,
    pub(super) classes: Vec<ClassSample>,
    /// All of them, by id.
    pub(super) documents: Vec<DocAddress>,
    /// The first documents of every source that are scored for each query, beside a sample of the others; nothing where all
    /// documents are.
    pub(super) depth: Option<usize>,
}

/// A query, and the document that it was made from: that one is no answer.
pub(super) struct CalibrationQuery {
    /// Its token vectors, and where the fused score is measured the other parts.
    pub(super) query: HybridQuery,
    pub(super) excluded: Option<DocAddress>,
    /// The seed that decides which documents are scored for it.
    pub(super) seed: Seed,
}

/// The queries that one class of lengths is measured with.
pub(super) struct ClassSample {
    pub(super) min_tokens: usize,
    pub(super) origin: QueryOrigin,
    pub(super) margin: Margin,
    /// Their places among the queries of the calibration.
    pub(super) queries: Vec<usize>,
}

impl SampledQueries {
    pub(super) fn new(
        snapshot: &Snapshot,
        ranking: CalibratedRanking,
        real: RealQueries<'_>,
        budget: CalibrationBudget,
    ) -> Result<Self> {
        let mut documents = snapshot.documents_with_vectors()?;
        documents.sort_unstable();
        let num_queries = budget.num_queries(documents.len());
        let weights = HybridWeights::for_schema(snapshot.schema());
        let (queries, known, classes) = Default::default();
        let mut drawing = Drawing { ranking, real, weights, queries, known, classes };
        let has_real = drawing.draw_real(num_queries);
        let each = if has_real { NUM_BESIDE_REAL.min(num_queries / 4) } else { num_queries / 4 };
        drawing.draw_synthetic(&QueriesOfDocuments::new(snapshot, ranking, &documents)?, each.max(1))?;
        let Drawing { queries, mut classes, .. } = drawing;
        classes.sort_by_key(|class| class.min_tokens);
        let num_scored = (budget.max_scores / (queries.len() as u64).max(1)) as usize;
        let depth = (num_scored < documents.len()).then(|| depth_for(num_scored, documents.len()));
        Ok(Self { ranking, queries, classes, documents, depth })
    }
}

/// The queries drawn so far.
struct Drawing<'a> {
    ranking: CalibratedRanking,
    real: RealQueries<'a>,
    /// The shares of the fused score.
    weights: HybridWeights,
    queries: Vec<CalibrationQuery>,
    /// The places of real ones, by origin and number.
    known: HashMap<(QueryOrigin, usize), usize>,
    classes: Vec<ClassSample>,
}

impl Drawing<'_> {
    /// Draws given queries, else observed ones, for each class that has enough of them; false where none has.
    fn draw_real(&mut self, num_queries: usize) -> bool {
        let wanted: Vec<usize> = (0..MIN_TOKENS.len()).filter(|&class| self.real.wants(class)).collect();
        let mut found: Vec<(usize, QueryOrigin, Vec<usize>)> = Vec::new();
        for class in wanted {
            let sources =
                [(QueryOrigin::Given, self.real.given), (QueryOrigin::Observed, self.real.observed)];
            let enough = sources.into_iter().find_map(|(origin, queries)| {
                Some((class, origin, enough_for(class, queries, self.real.min_queries)?))
            });
            found.extend(enough);
        }
        let num_found: usize = found.iter().map(|(.., queries)| queries.len()).sum();
        for (class, origin, queries) in &found {
            let share = queries.len() * num_queries / num_found.max(num_queries).max(1);
            let num = share.max(self.real.min_queries).min(queries.len());
            let chosen = (0..num).map(|at| self.place_of(*origin, queries[at * queries.len() / num]));
            let queries = chosen.collect();
            let min_tokens = MIN_TOKENS[*class];
            self.classes.push(ClassSample { min_tokens, origin: *origin, margin: Margin::None, queries });
        }
        !found.is_empty()
    }

    /// The place of a real query among those drawn.
    fn place_of(&mut self, origin: QueryOrigin, at: usize) -> usize {
        let queries = if origin == QueryOrigin::Given { self.real.given } else { self.real.observed };
        let (drawn, weights) = (&mut self.queries, self.weights);
        *self.known.entry((origin, at)).or_insert_with(|| {
            let seed = SEED.derive(1).derive(at as u64);
            let query = HybridQuery { weights, ..queries[at].clone() };
            drawn.push(CalibrationQuery { query, excluded: None, seed });
            drawn.len() - 1
        })
    }

    /// Makes queries from documents for the classes that have no real ones, about `each` for a class.
    fn draw_synthetic(&mut self, documents: &QueriesOfDocuments<'_>, each: usize) -> Result<()> {
        let is_real = |classes: &[ClassSample], class: usize| {
            classes.iter().any(|sample| sample.min_tokens == MIN_TOKENS[class])
        };
        let mut made: Vec<Vec<usize>> = vec![Vec::new(); MIN_TOKENS.len()];
        for (class, made) in made.iter_mut().enumerate().take(FIRST_OF_MIXTURE) {
            if self.real.wants(class) && !is_real(&self.classes, class) {
                *made = self.push(documents.of_length(class, each)?);
                if !made.is_empty() {
                    self.push_class(class, Margin::OfLength, made.clone());
                }
            }
        }
        // The class after the first of the mixture needs one of its own only where that one has real queries.
        let mixture = (FIRST_OF_MIXTURE..=*MIXTURE.end())
            .find(|&class| self.real.wants(class) && !is_real(&self.classes, class));
        let Some(first) = mixture.filter(|_| !documents.is_empty()) else { return Ok(()) };
        let mut queries = Vec::new();
        for class in MIXTURE {
            let num = each.div_ceil(2);
            if made[class].len() < num {
                made[class] = self.push(documents.of_any_length(class, num)?);
            }
            queries.extend(made[class].iter().take(num));
        }
        self.push_class(first, Margin::OfMixture, queries);
        Ok(())
    }

    fn push(&mut self, made: Vec<CalibrationQuery>) -> Vec<usize> {
        let first = self.queries.len();
        self.queries.extend(made);
        (first..self.queries.len()).collect()
    }

    fn push_class(&mut self, class: usize, margin: Margin, queries: Vec<usize>) {
        let (min_tokens, origin) = (MIN_TOKENS[class], QueryOrigin::Documents);
        let margin = match self.ranking {
            CalibratedRanking::Vectors => margin,
            CalibratedRanking::Fused => Margin::OfFused,
        };
        self.classes.push(ClassSample { min_tokens, origin, margin, queries });
    }
}

/// The places of real queries that measure a class: those of its lengths and, where these are too few but not very few,
/// shorter ones.
fn enough_for(class: usize, queries: &[HybridQuery], min_queries: usize) -> Option<Vec<usize>> {
    let of_class = |class: usize| {
        let all = queries.iter().enumerate();
        all.filter(move |(_, query)| class_of(query.vectors.vectors().num_tokens()) == class)
            .map(|(at, _)| at)
    };
    let mut chosen: Vec<usize> = of_class(class).collect();
    if chosen.len() < MIN_OWN {
        return None;
    }
    for shorter in (0..class).rev() {
        if chosen.len() < min_queries {
            chosen.extend(of_class(shorter).take(min_queries - chosen.len()));
        }
    }
    (chosen.len() >= min_queries).then_some(chosen)
}

/// The cost that a calibration may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CalibrationBudget {
    /// Queries, at most.
    max_queries: usize,
    /// Queries times documents scored on their codes for each, about.
    max_scores: u64,
    /// Queries, at least where there are so many: fewer say little, and rather than that fewer documents are scored.
    min_queries: usize,
    /// Documents from which on postings are made, to see whether plans want them.
    min_with_postings: u64,
}

impl CalibrationBudget {
    /// The budget of a calibration that the caller wants: some ten seconds of one core, and half of that more for each 100,000 documents.
    pub(crate) const THOROUGH: Self =
        Self { max_queries: 512, max_scores: 4 << 20, min_queries: 192, min_with_postings: 256 };
    /// The budget of one that happens by itself: a second of one core, and five more for each 100,000 documents.
    pub(crate) const BRIEF: Self =
        Self { max_queries: 256, max_scores: 384 << 10, min_queries: 192, min_with_postings: 4096 };

    /// Returns whether so many documents are worth trying postings for. A scan over the FDEs of a few thousand costs less than a
    /// query's centroids, and making them more than all that it saves.
    pub(crate) fn tries_postings(self, num_documents: u64) -> bool {
        num_documents >= self.min_with_postings
    }

    /// Queries to measure among so many documents.
    fn num_queries(self, num_documents: usize) -> usize {
        let affordable = (self.max_scores / (num_documents as u64).max(1)) as usize;
        self.max_queries.min(affordable.max(self.min_queries))
    }
}
