use super::parsed_query::ParsedQuery;
use crate::exit::{Failure, Result};
use crate::hits;
use crate::output::{self, STRONG, json_line, one_line, thousands, warn};
use crate::run_file::{self, RunFile};
use pleiad::{Answer, AttributeValue, Page, PageParams, SearchParams};
use pleiad_evaluate::Run;
use pleiad_text::{HitView, Question, Ranking, Searcher};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Form of printed answers.
#[derive(Clone, Copy)]
pub(crate) struct Printed<'a> {
    /// True for a single query, whose answer needs no heading.
    pub(crate) one: bool,
    /// One JSON object a query.
    pub(crate) json: bool,
    /// A TREC run file in place of the hits, or beside them in JSON.
    pub(crate) run: Option<&'a Path>,
}

/// Answers on their way to standard output and to the run file.
pub(crate) struct Answers<'a> {
    printed: Printed<'a>,
    searcher: &'a Searcher<'a>,
    run: Run,
    run_file: Option<RunFile<'a>>,
    num_queries: u64,
    num_failed: u64,
    first_failure: Option<Failure>,
}

impl<'a> Answers<'a> {
    /// Opens the run file, if there is to be one, before anything is searched.
    ///
    /// # Errors
    /// When the run file cannot be written.
    pub(crate) fn new(printed: Printed<'a>, searcher: &'a Searcher<'a>) -> Result<Self> {
        let run_file = printed.run.map(RunFile::create).transpose()?;
        Ok(Self {
            printed,
            run_file,
            searcher,
            run: Run::default(),
            num_queries: 0,
            num_failed: 0,
            first_failure: None,
        })
    }

    /// Answers some queries on all cores and prints the answers in their order. One that fails is reported in its
    /// place, and the others go on.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(crate) fn answer_batch(
        &mut self,
        batch: Vec<ParsedQuery>,
        page: &PageParams,
        params: &SearchParams,
    ) -> Result<()> {
        let first_rank = page.offset.unwrap_or(0) + 1;
        let good = batch.iter().filter_map(|asked| asked.question.as_ref().ok());
        let questions: Vec<Question> = good.cloned().collect();
        let mut answers = self.searcher.page_batch(&questions, page, params).into_iter();
        for ParsedQuery { id, text, question } in batch {
            self.num_queries += 1;
            let outcome = question.and_then(|question| match answers.next() {
                Some(answer) => Ok((question, answer?)),
                None => Err(Failure::invalid("the search gave fewer answers than queries")),
            });
            match outcome {
                Ok((question, page)) => self.put(&id, text.as_deref(), &question, &page, first_rank)?,
                Err(failure) => self.put_failure(&id, text.as_deref(), failure)?,
            }
        }
        Ok(())
    }

    /// Prints the answer of a query, whose first hit has a rank.
    ///
    /// # Errors
    /// When a hit cannot be read or the output not be written.
    pub(crate) fn put(
        &mut self,
        id: &str,
        text: Option<&str>,
        question: &Question,
        page: &Page,
        first_rank: usize,
    ) -> Result<()> {
        let answer = &page.answer;
        if self.printed.run.is_some() {
            self.run.insert(id, run_file::entries(answer));
            if !self.printed.json {
                return Ok(());
            }
        }
        let hits = self.views(question, page, first_rank)?;
        let mut out = output::stdout();
        if self.printed.json {
            return json_line(&mut out, &as_json(id, text, answer, &hits, self.searcher.ranking()));
        }
        if !self.printed.one {
            let text = text.map(|text| format!("  {}", one_line(text))).unwrap_or_default();
            writeln!(out, "{STRONG}query {id}{STRONG:#}{text}")?;
        }
        if hits.is_empty() && first_rank > 1 {
            writeln!(out, "no hits: there are fewer than {first_rank}")?;
        } else if hits.is_empty() {
            let why = match (self.searcher.snapshot().num_documents(), answer.num_matched) {
                (0, _) => "the collection is empty",
                (_, 0) => "no document passes the filter",
                _ if answer.plan.num_matched.is_some() => {
                    "no document that passes the filter has these words"
                }
                _ => "no document has these words",
            };
            writeln!(out, "no hits: {why}")?;
        }
        hits::print_all(&hits, &mut out)?;
        if let (Some(shares), false) = (self.searcher.ranking().shares(), hits.is_empty()) {
            hits::print_shares(shares, &mut out)?;
        }
        if self.searcher.names_words() && !hits.is_empty() && hits.iter().all(HitView::is_far) {
            drop(out);
            let which = if self.printed.one { String::new() } else { format!("query {id}: ") };
            warn(&format!(
                "{which}no word of these documents comes close to one of the query: they are only the nearest"
            ));
        }
        Ok(())
    }

    /// The hits with their documents; those of a group have its rank.
    fn views(&self, question: &Question, page: &Page, first_rank: usize) -> Result<Vec<HitView>> {
        let mut views = Vec::with_capacity(page.answer.hits.len());
        let Some(groups) = &page.groups else {
            for (rank, hit) in (first_rank..).zip(&page.answer.hits) {
                views.push(self.searcher.view(question, rank, hit)?);
            }
            return Ok(views);
        };
        let mut hits = page.answer.hits.iter();
        for (rank, group) in (first_rank..).zip(groups) {
            let value = group.value.as_ref().map_or(Value::Null, AttributeValue::to_json);
            for hit in hits.by_ref().take(group.num_hits) {
                let view = self.searcher.view(question, rank, hit)?;
                views.push(view.in_group(value.clone()));
            }
        }
        Ok(views)
    }

    fn put_failure(&mut self, id: &str, text: Option<&str>, failure: Failure) -> Result<()> {
        self.num_failed += 1;
        if !self.printed.one {
            warn(&format!("query {id}: {}", failure.message()));
        }
        if self.printed.json {
            let value = json!({ "query_id": id, "query": text, "error": failure.message() });
            json_line(&mut output::stdout(), &value)?;
        }
        self.first_failure.get_or_insert(failure);
        Ok(())
    }

    /// Writes the run file, and fails when a query did.
    pub(crate) fn finish(self) -> Result<()> {
        if let (Some(path), Some(file)) = (self.printed.run, self.run_file) {
            file.write(&self.run)?;
            if !self.printed.json {
                let answered = queries(self.run.queries().len() as u64);
                writeln!(output::stdout(), "{answered} in {}", path.display())?;
            }
        }
        match self.first_failure {
            None => Ok(()),
            Some(failure) if self.num_queries == 1 => Err(failure),
            Some(failure) => {
                let (num_failed, all) = (self.num_failed, queries(self.num_queries));
                Err(failure.within(format!("{num_failed} of {all} failed, the first one")))
            }
        }
    }
}

/// `1 query`, `2 queries`.
fn queries(number: u64) -> String {
    if number == 1 { "1 query".to_owned() } else { format!("{} queries", thousands(number)) }
}

fn as_json(id: &str, text: Option<&str>, answer: &Answer, hits: &[HitView], ranking: Ranking) -> Value {
    let spent = &answer.spent;
    let mut value = json!({
        "query_id": id,
        "query": text,
        "mode": ranking.mode().name(),
        "hits": hits,
        "num_matched": answer.num_matched,
        "plan": answer.plan,
        "promised_recall": answer.plan.promised_recall(),
        "expected_recall": answer.plan.expected_recall(),
        "spent": {
            "num_scanned": spent.num_scanned,
            "num_postings": spent.num_postings,
            "num_rescored": spent.num_rescored,
            "num_others": spent.num_others,
            "num_reranked": spent.num_reranked,
            "read_bytes": spent.read_bytes,
        },
    });
    if let Some(shares) = ranking.shares() {
        value["weights"] = json!(shares);
    }
    value
}
