//! Answers, whose documents are read when they are looked at.

use crate::failure::{Failure, Result};
use crate::query::{Asked, Asking};
use crate::signals::Signals;
use crate::snapshot::State;
use numpy::{IntoPyArray, PyArray1};
use pleiad::{AttributeValue, Page};
use pleiad_text::{Excerpt, HitView, QueryForm, Question, RankingOptions, Words};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// The hits of one question, in the state that was asked.
#[pyclass(frozen, module = "pleiad._engine")]
pub(crate) struct Found {
    state: Arc<State>,
    options: RankingOptions,
    form: QueryForm,
    question: Question,
    page: Page,
    shares: Option<(f32, f32, f32)>,
}

impl Found {
    /// # Errors
    /// As every search.
    pub(crate) fn search(
        state: &Arc<State>,
        asked: Asked,
        asking: Asking,
        signals: &Signals,
    ) -> Result<Self> {
        let mut found = Self::search_batch(state, vec![asked], asking, signals)?;
        found.pop().unwrap_or_else(|| Err(Failure::internal("the search gave no answer")))
    }

    /// # Errors
    /// For parameters that no search takes; what is wrong with one question is the answer to it.
    pub(crate) fn search_batch(
        state: &Arc<State>,
        asked: Vec<Asked>,
        asking: Asking,
        signals: &Signals,
    ) -> Result<Vec<Result<Self>>> {
        let (params, page, options) = asking.settled()?;
        let mut found = Vec::with_capacity(asked.len());
        // Questions of one form share a searcher.
        let mut asked = asked.into_iter().peekable();
        while let Some(form) = asked.peek().map(Asked::form) {
            let searcher = state.searcher(options, form, signals)?;
            let questions: Vec<Result<Question>> =
                std::iter::from_fn(|| asked.next_if(|asked| asked.form() == form))
                    .map(|asked| asked.question(&searcher))
                    .collect();
            let good: Vec<Question> =
                questions.iter().filter_map(|question| question.as_ref().ok()).cloned().collect();
            let pages = match good.as_slice() {
                // The thread that asks is as good as any for one question.
                [question] => vec![searcher.page(question, &page, &params)],
                _ => searcher.page_batch(&good, &page, &params),
            };
            let mut pages = pages.into_iter();
            let shares = searcher.ranking().shares();
            let shares = shares.map(|shares| (shares.vectors, shares.sentence, shares.words));
            found.extend(questions.into_iter().map(|question| {
                let question = question?;
                let page =
                    pages.next().ok_or_else(|| Failure::internal("a question without an answer"))??;
                Ok(Self { state: state.clone(), options, form, question, page, shares })
            }));
        }
        Ok(found)
    }

    fn view(&self, py: Python<'_>, at: usize) -> PyResult<HitView> {
        self.state.opener().check()?;
        Ok(Signals::run(py, |signals| {
            let hit = self.page.answer.hits.get(at).ok_or_else(|| Failure::internal("no such hit"))?;
            let searcher = self.state.searcher(self.options, self.form, signals)?;
            Ok(searcher.view(&self.question, at + 1, hit)?)
        })?)
    }
}

#[pymethods]
impl Found {
    fn keys(&self) -> Vec<String> {
        self.page.answer.hits.iter().map(|hit| hit.key.to_string()).collect()
    }

    fn scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        let scores: Vec<f32> = self.page.answer.hits.iter().map(|hit| hit.score.get()).collect();
        scores.into_pyarray(py)
    }

    /// Parts of each fused score: of vectors, of whole texts, of words.
    fn parts(&self) -> Vec<Option<(f32, f32, f32)>> {
        let parts = self.page.answer.hits.iter().map(|hit| hit.parts);
        parts.map(|parts| parts.map(|parts| (parts.vectors, parts.sentence, parts.words))).collect()
    }

    /// Shares of these parts in any score.
    fn shares(&self) -> Option<(f32, f32, f32)> {
        self.shares
    }

    /// The value of each group as JSON, and the number of its hits.
    fn groups(&self) -> Option<Vec<(String, usize)>> {
        let groups = self.page.groups.as_ref()?;
        let value =
            |value: &Option<AttributeValue>| value.as_ref().map_or(Value::Null, AttributeValue::to_json);
        Some(groups.iter().map(|group| (value(&group.value).to_string(), group.num_hits)).collect())
    }

    fn num_matched(&self) -> u64 {
        self.page.answer.num_matched
    }

    fn promised_recall(&self) -> Option<f64> {
        self.page.answer.plan.promised_recall()
    }

    fn expected_recall(&self) -> Option<f64> {
        self.page.answer.plan.expected_recall()
    }

    /// The plan as JSON.
    fn plan(&self) -> PyResult<String> {
        let json = serde_json::to_string(&self.page.answer.plan);
        Ok(json.map_err(|error| Failure::internal(error.to_string()))?)
    }

    /// The plan for people.
    fn plan_text(&self) -> String {
        self.page.answer.plan.to_string()
    }

    /// The work as JSON.
    fn spent(&self) -> String {
        let spent = &self.page.answer.spent;
        json!({
            "num_scanned": spent.num_scanned,
            "num_postings": spent.num_postings,
            "num_rescored": spent.num_rescored,
            "num_reranked": spent.num_reranked,
            "read_bytes": spent.read_bytes,
        })
        .to_string()
    }

    /// Words of a hit that answer words of the question, with their cosines.
    fn matches(&self, py: Python<'_>, at: usize) -> PyResult<Vec<(String, String, f32)>> {
        let matches = self.view(py, at)?.matches.into_iter();
        Ok(matches.map(|word| (word.query, word.document, word.cosine)).collect())
    }

    /// The stretch of a hit's text that answers, in pieces, each with whether it is a word that does.
    fn excerpt(&self, py: Python<'_>, at: usize, num_bytes: usize) -> PyResult<Vec<(String, bool)>> {
        let view = self.view(py, at)?;
        let words: Words = view.matches.iter().map(|word| &word.document).collect();
        let text = view.text.unwrap_or_default();
        let excerpt = Excerpt::best(&text, &words, num_bytes);
        Ok(excerpt.pieces().map(|(piece, is_word)| (piece.to_owned(), is_word)).collect())
    }
}
