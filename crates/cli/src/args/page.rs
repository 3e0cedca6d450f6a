use crate::exit::{Failure, Result};
use clap::Args;
use pleiad::{AttributePath, GroupBy, PageParams};

/// The part of a ranking that is wanted.
#[derive(Debug, Clone, Args)]
pub(crate) struct PageArgs {
    /// Hits passed over, for the pages of a ranking. Give 0 for the first page: then all pages up to the thousandth hit are
    /// cut from one ranking, whatever their place.
    #[arg(long, value_name = "N")]
    offset: Option<usize>,

    /// Only hits of this score and above.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    min_score: Option<f32>,

    /// Group hits by the values of this attribute, such as author or meta.source: -k is a number of groups then. A document
    /// without it is a group of its own.
    #[arg(long, value_name = "ATTRIBUTE")]
    group_by: Option<String>,

    /// Hits of each group.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "group_by")]
    group_size: usize,
}

impl PageArgs {
    /// The same in the engine's words.
    ///
    /// # Errors
    /// When the attribute is none.
    pub(crate) fn params(&self) -> Result<PageParams> {
        let group_by = match &self.group_by {
            Some(path) => Some(GroupBy { path: attribute(path)?, size: self.group_size }),
            None => None,
        };
        Ok(PageParams { offset: self.offset, min_score: self.min_score, group_by })
    }
}

/// The path of an attribute that was typed.
///
/// # Errors
/// When it is none.
pub(crate) fn attribute(typed: &str) -> Result<AttributePath> {
    AttributePath::parse(typed)
        .map_err(|error| Failure::invalid(format!("{typed:?} is no attribute: {error}")))
}
