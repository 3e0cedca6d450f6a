use super::sets::new_set;
use super::{ModelArgs, PoolArgs, SentenceArgs, WordsArgs};
use crate::places::local;
use clap::{Args, ValueEnum};
use pleiad_text::NewSet;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad create notes                  for text: the built-in model and words
  pleiad create notes --language de    for text in German: words alone
  pleiad create passages --dim 128     for ready-made token vectors
  pleiad create passages --dim 128 --tokens f16 --fde-repetitions 40
  pleiad create passages --dim 128 --tokens int2 --centroids 1024
  pleiad create mail --tenants         tenants that see nothing of each other
  pleiad create papers --set title:source=title
  pleiad create pages --dim 128 --set image:dim=96,tokens=int4";

/// Parameters that are fixed for the life of a collection.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CreateArgs {
    /// Folder of the new collection: it must not exist, or be empty.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Values per token vector, for ready-made vectors. Without it the built-in encoder sets the dimension.
    #[arg(long, value_name = "D")]
    pub(crate) dim: Option<usize>,

    /// Origin of vectors [default: mini for texts in English, words for others, none with --dim].
    #[arg(long, value_name = "NAME")]
    pub(crate) encoder: Option<EncoderName>,

    /// Code of token vectors: fewer bytes against a more faithful score
    /// [default: int8, for mini int4].
    #[arg(long, value_name = "CODE")]
    pub(crate) tokens: Option<TokenCodeName>,

    /// Learn N centroids, 1024 are good for most, and keep tokens by how they differ from the nearest: with int4, int2
    /// or int1 a much more faithful score for a byte a token. They are learned from the first documents added, which
    /// must have 8 token vectors for each.
    #[arg(long, value_name = "N")]
    pub(crate) centroids: Option<u32>,

    /// Keep tenants apart: every command that reads or writes documents names one with --tenant, and sees nothing of the
    /// others.
    #[arg(long)]
    pub(crate) tenants: bool,

    /// A further vector set of each document, again for each: DIR has ready-made vectors of it with NAME:dim=D, or the encoder
    /// reads an attribute, or _text, with NAME:source=ATTRIBUTE. Other keys: tokens, centroids and pool, as the flags.
    #[arg(long = "set", value_name = "NAME:KEY=VALUE,...", value_parser = new_set)]
    pub(crate) sets: Vec<NewSet>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) sentence: SentenceArgs,

    #[command(flatten)]
    pub(crate) pool: PoolArgs,

    #[command(flatten)]
    pub(crate) words: WordsArgs,

    #[command(flatten)]
    pub(crate) fde: FdeArgs,
}

const FDE: &str = "Advanced: the encoding of a document (MUVERA)";

/// Knobs of the encoding that finds candidates. They are part of the collection and cannot be changed later.
#[derive(Debug, Default, Args)]
pub(crate) struct FdeArgs {
    /// Regression on N trained features (LEMUR) in place of MUVERA: 512 find as much from a fifth of the bytes,
    /// slower to add. They learn from the first documents added, which must have 1,024 token vectors, better 20,000
    /// or more.
    #[arg(long, value_name = "N", hide_short_help = true, help_heading = FDE, conflicts_with_all = [
        "fde_repetitions", "fde_simhash_projections", "fde_projection_dim", "fde_final_projection_dim",
    ])]
    pub(crate) lemur: Option<u32>,

    /// Independent partitions of the space: candidates get better, and scans slower, in proportion.
    #[arg(long, value_name = "N", hide_short_help = true, help_heading = FDE)]
    pub(crate) fde_repetitions: Option<u32>,

    /// Hyperplanes per partition: each doubles the number of regions.
    #[arg(long, value_name = "N", hide_short_help = true, help_heading = FDE)]
    pub(crate) fde_simhash_projections: Option<u32>,

    /// Values kept per region; 0 keeps the token dimension.
    #[arg(long, value_name = "D", hide_short_help = true, help_heading = FDE)]
    pub(crate) fde_projection_dim: Option<u32>,

    /// Dimension of the whole encoding after a last projection; left out, there is none.
    #[arg(long, value_name = "D", hide_short_help = true, help_heading = FDE)]
    pub(crate) fde_final_projection_dim: Option<u32>,

    /// Seed of the random hyperplanes and projections.
    #[arg(long, value_name = "SEED", hide_short_help = true, help_heading = FDE)]
    pub(crate) fde_seed: Option<u64>,
}

/// Encoders that a collection can be created for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncoderName {
    /// Built in: a small model that reads words in their context, English, no download; it finds more, and takes some
    /// milliseconds of processor time for a text.
    Mini,
    /// No vectors: texts of any language are found by their words alone.
    Words,
    /// Ready-made token vectors; give their dimension with --dim.
    None,
}

impl EncoderName {
    /// The id of a built-in encoder; nothing for ready-made vectors.
    pub(crate) fn id(self) -> Option<&'static str> {
        match self {
            Self::Mini => Some("mini-v1"),
            Self::Words => Some("words-v1"),
            Self::None => None,
        }
    }
}

/// Ways of keeping a token vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenCodeName {
    /// 8 bits per value.
    Int8,
    /// 4 bits per value.
    Int4,
    /// 2 bits per value.
    Int2,
    /// 1 bit per value.
    Int1,
    /// 16 bits per value.
    F16,
}
