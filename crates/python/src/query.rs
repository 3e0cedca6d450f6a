//! Questions and parameters as Python gives them.

use crate::arrays::set_of;
use crate::failure::{Failure, Result};
use numpy::PyReadonlyArray2;
use pleiad::{AttributePath, GroupBy, PageParams, Predicate, Query, SearchParams};
use pleiad_text::{Mode, RankingOptions};
use pyo3::prelude::*;

/// One question: a text, rows of token vectors, or both.
pub(crate) struct Asked {
    pub(crate) text: Option<String>,
    pub(crate) vectors: Option<Query>,
}

impl Asked {
    /// # Errors
    /// `InvalidArgument` for rows that are no set of vectors.
    pub(crate) fn new(text: Option<String>, vectors: Option<&PyReadonlyArray2<'_, f32>>) -> Result<Self> {
        Ok(Self { text, vectors: vectors.map(set_of).transpose()?.map(Query::new) })
    }
}

/// Every parameter of a search, as keywords of Python.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Asking {
    k: usize,
    recall: Option<f64>,
    exact: bool,
    num_candidates: Option<usize>,
    num_reranked: Option<usize>,
    filter: Option<String>,
    mode: Option<String>,
    alpha: Option<f32>,
    offset: Option<usize>,
    min_score: Option<f32>,
    group_by: Option<String>,
    group_size: usize,
}

impl Asking {
    /// # Errors
    /// `InvalidArgument` for a filter, a mode or an attribute that is none.
    pub(crate) fn settled(self) -> Result<(SearchParams, PageParams, RankingOptions)> {
        let Self { k, recall, exact, num_candidates, num_reranked, offset, min_score, group_size, .. } = self;
        let filter = self.filter.as_deref().map(predicate).transpose()?;
        let params = SearchParams {
            k,
            recall,
            exact,
            num_candidates,
            num_reranked,
            filter,
            ..SearchParams::default()
        };
        let group_by = self.group_by.as_deref().map(path).transpose()?;
        let group_by = group_by.map(|path| GroupBy { path, size: group_size });
        Ok((params, PageParams { offset, min_score, group_by }, ranking(self.mode.as_deref(), self.alpha)?))
    }
}

/// # Errors
/// `InvalidArgument` for a mode that there is not.
pub(crate) fn ranking(mode: Option<&str>, alpha: Option<f32>) -> Result<RankingOptions> {
    let mode = match mode {
        None => None,
        Some("hybrid") => Some(Mode::Hybrid),
        Some("vectors") => Some(Mode::Vectors),
        Some("words") => Some(Mode::Words),
        Some(other) => {
            return Err(Failure::invalid(format!("mode is {other:?}; it is hybrid, vectors or words")));
        }
    };
    Ok(RankingOptions { mode, alpha })
}

/// A predicate, in words or in JSON.
///
/// # Errors
/// `InvalidArgument` that says where it is none.
pub(crate) fn predicate(text: &str) -> Result<Predicate> {
    Ok(Predicate::read(text).map_err(pleiad::Error::from)?)
}

/// A predicate, or one that holds for every document.
///
/// # Errors
/// As [`predicate`].
pub(crate) fn predicate_or_all(text: Option<&str>) -> Result<Predicate> {
    text.map_or(Ok(Predicate::Constant(true)), predicate)
}

/// The path of an attribute.
///
/// # Errors
/// `InvalidArgument` where it is none.
pub(crate) fn path(text: &str) -> Result<AttributePath> {
    AttributePath::parse(text).map_err(|error| Failure::invalid(format!("{text:?} is no attribute: {error}")))
}

/// The string form of a filter in either form.
#[pyfunction]
pub(crate) fn check_filter(text: &str) -> PyResult<String> {
    Ok(predicate(text)?.to_string())
}
