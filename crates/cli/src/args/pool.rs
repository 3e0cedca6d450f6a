use clap::{Args, ValueEnum};
use pleiad::Reduction;

/// Token pooling of documents.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct PoolArgs {
    /// Keep one vector for N token vectors that are alike: 2 halves them and the time to score them
    ///
    /// Fixed when the collection is created; queries stay as they are. What it costs, by exact
    /// search: nDCG@10, and of the 10 documents that come first without it, how many still do.
    ///
    ///     N   vectors   cranfield, MiniLM   LoTTE, ColBERTv2
    ///         100 %     .367                .949
    ///     2    50 %     .364   9.1          .942   9.2
    ///     3    33 %     .365   8.1          .942   8.5
    ///     4    25 %     .354   7.6          .938   8.1
    ///     6    16 %     .353   7.1          .934   7.5
    ///
    /// The order of the first ten changes sooner than its worth. Without --pool every vector is
    /// kept, but those of the built-in model, of which one is kept for 2.
    #[arg(long, value_name = "N", value_parser = factor, allow_negative_numbers = true, verbatim_doc_comment)]
    pub(crate) pool: Option<u32>,

    /// Token vectors that may share one.
    #[arg(long, value_name = "WAY", default_value = "ward", requires = "pool", hide_short_help = true)]
    pub(crate) pool_by: PoolWay,
}

/// Token vectors that may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PoolWay {
    /// Any two of a document.
    Ward,
    /// Neighbors in the text only: faster, for very long documents; N = 4 gives .339 and .927.
    Neighbors,
}

impl PoolArgs {
    /// Converts to the engine's type; nothing if nothing was given.
    pub(crate) fn reduction(self) -> Option<Reduction> {
        self.pool.map(|factor| match self.pool_by {
            _ if factor == 1 => Reduction::Keep,
            PoolWay::Ward => Reduction::Ward { factor },
            PoolWay::Neighbors => Reduction::Neighbors { factor },
        })
    }
}

/// A collection's pooling in words: `one row for 2 token vectors that are alike (ward)`.
pub(crate) fn describe_pool(reduction: Reduction) -> String {
    match reduction {
        Reduction::Keep => "every token vector".to_owned(),
        Reduction::Ward { factor } => format!("one row for {factor} token vectors that are alike (ward)"),
        Reduction::Neighbors { factor } => {
            format!("one row for {factor} token vectors beside each other (neighbors)")
        }
    }
}

fn factor(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(factor) if factor >= 1 => Ok(factor),
        Ok(_) => Err("N begins at 1, which keeps every token vector".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
