use clap::{Args, ValueEnum};
use pleiad_text::{Mode, RankingOptions};

/// Ranking of the hits.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct RankingArgs {
    /// Ranking of the hits [default: hybrid, where the collection keeps words and the queries have text and vectors;
    /// else whichever of the others there is].
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<ModeName>,

    /// Share of the vectors in a hybrid score, from 0 to 1; words have the rest [default: 0.5].
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = share)]
    pub(crate) alpha: Option<f32>,
}

fn share(text: &str) -> std::result::Result<f32, String> {
    let share = text.parse().map_err(|_| format!("{text:?} is no number: write such as 0.7"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("it must be in 0..=1, such as 0.7".to_owned()) }
}

impl RankingArgs {
    /// The same in the library's words.
    pub(crate) fn options(self) -> RankingOptions {
        RankingOptions { mode: self.mode.map(Mode::from), alpha: self.alpha }
    }
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Hybrid => Self::Hybrid,
            ModeName::Vectors => Self::Vectors,
            ModeName::Words => Self::Words,
        }
    }
}

/// Ranking of the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// Vectors and words in one score.
    Hybrid,
    /// The vectors of tokens (MaxSim).
    Vectors,
    /// The words that document and query share (BM25).
    Words,
}
