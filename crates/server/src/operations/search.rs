use crate::call::{Call, Reading, attribute};
use crate::failure::{Result, invalid_field, problem, vectors_problem};
use crate::http::Reply;
use crate::limits::{MAX_DEPTH, MAX_QUERY_BYTES, MAX_QUERY_ROWS};
use pleiad::{GroupBy, MultiVector, Page, PageParams, SearchParams};
use pleiad_text::{QueryForm, Question, Ranking, RankingOptions, Searcher, Shares, without_encoder};
use pleiad_wire::{Budget, Include, Kind, Mode, Problem, Query, SearchAnswer, SearchRequest, Weights, Work};

/// Hits where nobody says how many.
const DEFAULT_K: usize = 10;

pub(crate) async fn search(mut call: Call) -> Result<Reply> {
    let request: SearchRequest = call.json().await?;
    let (tenant, timeout_ms) = (request.tenant.clone(), request.timeout_ms);
    Ok(Reply::json(
        &call.read(tenant.as_deref(), timeout_ms, move |reading| answer(reading, &request)).await?,
    ))
}

/// The answer to one search.
///
/// # Errors
/// As the searches of the text library.
pub(super) fn answer(reading: &Reading, request: &SearchRequest) -> Result<SearchAnswer> {
    let asked = Asked::new(&request.query)?;
    let filter = reading.filter(request.filter.as_ref())?;
    let offset = request.offset.unwrap_or(0);
    let params = SearchParams { filter, ..params_of(request.k, offset, &request.budget)? };
    let page = page_of(request)?;
    let searcher = asked.searcher(reading, ranking_options(request.mode, request.alpha))?;
    let question = asked.question(&searcher)?;
    let found = searcher.page(&question, &page, &params).map_err(problem)?;
    reading.state.metrics.searched(&found.answer.spent);
    let include = request.include.as_deref().unwrap_or(&[Include::Attributes]);
    let shown =
        super::hits::Shown { include, attributes: request.attributes.as_deref(), first_rank: offset + 1 };
    let hits = super::hits::hits(&searcher, &question, &found, shown)?;
    Ok(SearchAnswer {
        hits,
        num_matched: found.answer.num_matched,
        mode: mode_of(searcher.ranking()),
        weights: searcher.ranking().shares().map(weights),
        promised_recall: found.answer.plan.promised_recall(),
        expected_recall: found.answer.plan.expected_recall(),
        plan: include.contains(&Include::Plan).then(|| plan(&found)).transpose()?,
        work: include.contains(&Include::Work).then(|| work(&found)),
        warnings: warnings(reading, request, &found)?,
        sequence: reading.snapshot.sequence(),
        took_ms: reading.started.elapsed().as_secs_f64() * 1e3,
    })
}

/// A question of a request.
pub(super) struct Asked {
    text: Option<String>,
    query: Option<pleiad::Query>,
}

impl Asked {
    /// # Errors
    /// `InvalidArgument` for one that asks for nothing, and for rows that are no set of vectors.
    pub(super) fn new(query: &Query) -> Result<Self> {
        if query.text.is_none() && query.vectors.is_none() {
            return Err(invalid_field(
                "query",
                "the query has neither text nor vectors: give at least one of them",
            ));
        }
        if query.text.as_ref().is_some_and(|text| text.len() > MAX_QUERY_BYTES) {
            return Err(too_large("text", &format!("the text is longer than {MAX_QUERY_BYTES} bytes")));
        }
        let rows = query.vectors.clone().map(pleiad_wire::Vectors::into_rows).transpose();
        let query_of = |(values, dim): (Vec<f32>, usize)| {
            if values.len() / dim > MAX_QUERY_ROWS {
                return Err(too_large("vectors", &format!("there are more than {MAX_QUERY_ROWS} rows")));
            }
            let rows = MultiVector::new(values, dim).map_err(pleiad::Error::from);
            Ok(pleiad::Query::new(rows.map_err(|error| problem(error).of_field("vectors"))?))
        };
        let vectors = rows.map_err(|error| vectors_problem(&error))?.map(query_of).transpose()?;
        Ok(Self { text: query.text.clone(), query: vectors })
    }

    fn form(&self) -> QueryForm {
        match (&self.query, &self.text) {
            (Some(_), Some(_)) => QueryForm::Both,
            (Some(_), None) => QueryForm::Vectors,
            (None, _) => QueryForm::Text,
        }
    }

    /// Asks in one ranking. The encoder is opened where a text has to become vectors.
    ///
    /// # Errors
    /// When the collection lacks what is asked for, or the model cannot be had.
    pub(super) fn searcher<'a>(&self, reading: &'a Reading, options: RankingOptions) -> Result<Searcher<'a>> {
        let (snapshot, form) = (&reading.snapshot, self.form());
        let schema = snapshot.schema();
        if let (Some(id), true) = (&schema.encoder, form != QueryForm::Text) {
            let detail =
                format!("this collection's vectors come from encoder {id}: ask it in words, not in vectors");
            return Err(invalid_field("query", detail));
        }
        let ranking = Ranking::settle(schema, options, form).map_err(problem)?;
        let is_encoded = ranking != Ranking::Words && form == QueryForm::Text;
        let encoder = if is_encoded { reading.entry.encoder(snapshot, &reading.state.models)? } else { None };
        if is_encoded && encoder.is_none() {
            return Err(problem(without_encoder(schema, "ask with vectors")).of_field("query"));
        }
        reading.entry.searcher(snapshot, encoder, ranking)
    }

    /// # Errors
    /// When it asks for nothing, or the model fails.
    pub(super) fn question(&self, searcher: &Searcher<'_>) -> Result<Question> {
        let question = match &self.query {
            Some(query) => searcher.vector_question(query.clone(), self.text.as_deref()),
            None => searcher.typed_question(self.text.as_deref().unwrap_or_default()),
        };
        question.map_err(|error| problem(error).of_field("query"))
    }
}

fn too_large(field: &str, detail: &str) -> Problem {
    Problem::new(Kind::TooLarge, format!("query: {detail}")).of_field(field)
}

/// The parameters of a search as far as they are budgets.
///
/// # Errors
/// `InvalidArgument` for more hits than a search reaches.
pub(super) fn params_of(k: Option<usize>, offset: usize, budget: &Budget) -> Result<SearchParams> {
    let k = k.unwrap_or(DEFAULT_K);
    if offset.saturating_add(k) > MAX_DEPTH {
        return Err(invalid_field(
            "k",
            format!("offset and k end at {}; at most {MAX_DEPTH}", offset.saturating_add(k)),
        ));
    }
    let Budget { recall, exact, num_candidates, num_reranked } = *budget;
    Ok(SearchParams { k, recall, exact, num_candidates, num_reranked, ..SearchParams::default() })
}

fn page_of(request: &SearchRequest) -> Result<PageParams> {
    let group_by = request.group_by.as_deref().map(|path| attribute("group_by", path)).transpose()?;
    let size = request.group_size.unwrap_or(1);
    if size > MAX_DEPTH {
        return Err(invalid_field("group_size", format!("group_size is {size}; at most {MAX_DEPTH}")));
    }
    if request.group_size.is_some() && group_by.is_none() {
        return Err(invalid_field("group_size", "group_size is for groups, and group_by names none"));
    }
    let group_by = group_by.map(|path| GroupBy { path, size });
    Ok(PageParams { offset: request.offset, min_score: request.min_score, group_by })
}

/// The ranking that a request asks for.
pub(super) fn ranking_options(mode: Option<Mode>, alpha: Option<f32>) -> RankingOptions {
    let mode = mode.map(|mode| match mode {
        Mode::Hybrid => pleiad_text::Mode::Hybrid,
        Mode::Vectors => pleiad_text::Mode::Vectors,
        Mode::Words => pleiad_text::Mode::Words,
    });
    RankingOptions { mode, alpha }
}

fn mode_of(ranking: Ranking) -> Mode {
    match ranking {
        Ranking::Hybrid(_) => Mode::Hybrid,
        Ranking::Vectors => Mode::Vectors,
        Ranking::Words => Mode::Words,
    }
}

fn weights(shares: Shares) -> Weights {
    // As they are typed: 0.45, not the nearest number of 32 bits in 64.
    let typed = |share: f32| share.to_string().parse().unwrap_or(f64::from(share));
    Weights { vectors: typed(shares.vectors), sentence: typed(shares.sentence), words: typed(shares.words) }
}

fn plan(found: &Page) -> Result<serde_json::Value> {
    serde_json::to_value(&found.answer.plan).map_err(|error| Problem::new(Kind::Internal, error.to_string()))
}

fn work(found: &Page) -> Work {
    let spent = found.answer.spent;
    Work {
        num_scanned: spent.num_scanned,
        num_postings: spent.num_postings,
        num_rescored: spent.num_rescored,
        num_others: spent.num_others,
        num_reranked: spent.num_reranked,
        read_bytes: spent.read_bytes,
    }
}

/// Attributes of the request's own filter that no document has, where nothing matches.
fn warnings(reading: &Reading, request: &SearchRequest, found: &Page) -> Result<Vec<String>> {
    // Names of attributes may be those of documents that the key does not see.
    if found.answer.num_matched > 0 || !reading.access.sees_all_documents() {
        return Ok(Vec::new());
    }
    let Some(filter) = &request.filter else { return Ok(Vec::new()) };
    let unknown = reading.snapshot.unknown_attributes(&crate::call::predicate(filter)?).map_err(problem)?;
    Ok(unknown.iter().map(ToString::to_string).collect())
}
