//! Everything between the engine and whoever asks it in words: files and texts become documents of a collection, and hits
//! become something to show.
//!
//! - [`Models`] opens the encoder of a collection, from a folder or from the hub;
//! - [`input`] reads files and folders as [`input::Record`]s;
//! - [`ingest`] encodes records on all cores while the batch before is being written;
//! - [`amendment`] changes attributes of documents that are stored, and their words with them;
//! - [`WordsAnalyzer`] makes the terms of documents and queries for lexical search;
//! - [`find`] searches files that are asked once, without a collection that lasts;
//! - [`Searcher`] asks a collection in one [`Ranking`]: it makes a [`Question`] of a text, searches, and explains;
//! - [`HitView`] holds what there is to see of a hit, [`Excerpt`] the part of a text that answers.
//!
//! Options are plain values, errors have a [kind](ErrorKind) that says what a caller can do. Nothing here reads the
//! environment or prints: a [`Monitor`] is told how far a long operation is, and stops it.

mod amend;
mod detect;
mod encoder;
mod error;
mod excerpt;
mod explained;
pub mod find;
mod hit;
#[cfg(feature = "hub")]
mod hub;
pub mod ingest;
pub mod input;
mod language;
mod model_place;
mod models;
mod monitor;
mod new_collection;
mod numbers;
mod patience;
mod question;
mod ranking;
mod row_words;
mod searcher;
mod sets;
mod vector_folder;
mod words;

pub use amend::{amendment, changed_encoded_attribute};
pub use encoder::{EncoderOptions, built_in_schema, is_built_in, schema_for, without_encoder};
pub use error::{Error, ErrorKind, Result};
pub use excerpt::{Excerpt, Words};
pub use explained::{Explained, FusedExplanation, Naming, TermShare, TokenShare};
pub use hit::{HitView, WordMatch};
#[cfg(feature = "hub")]
pub use hub::{Hub, Token};
pub use language::CollectionLanguage;
pub use model_place::ModelPlace;
pub use models::{HubAccess, ModelPlaces, Models};
pub use monitor::{Monitor, Progress, Unattended};
pub use new_collection::{NewCollection, NewWords, Settled};
pub use numbers::{bytes, counted, thousands};
pub use patience::{wait_for, when_free};
pub use question::Question;
pub use ranking::{Mode, QueryForm, Ranking, RankingOptions, Shares};
pub use row_words::{RowWords, stored_text};
pub use searcher::{Searcher, no_word};
pub use sets::NewSet;
pub use vector_folder::VectorFolderWriter;
pub use words::{WordsAnalyzer, analyzer_names};
