//! A collection's reduction in words.

use pleiad::Reduction;

/// What is kept of a document: `one row for 2 token vectors that are alike (ward)`.
pub(crate) fn describe(reduction: Reduction) -> String {
    match reduction {
        Reduction::Keep => "every token vector".to_owned(),
        Reduction::Ward { factor } => format!("one row for {factor} token vectors that are alike (ward)"),
        Reduction::Neighbours { factor } => {
            format!("one row for {factor} token vectors beside each other (neighbours)")
        }
    }
}
