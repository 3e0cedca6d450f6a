use clap::{Args, ValueEnum};
use pleiad_encode::Sentence;
use pleiad_text::EncoderOptions;

/// Flag of a new collection that says what makes the vectors of whole texts.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SentenceArgs {
    /// Vector of each whole text beside those of its tokens, for a new collection of a plain checkpoint: the mean of the
    /// hidden states, that of the first token, or none [default: as the model's 1_Pooling/config.json says].
    #[arg(long, value_name = "WAY", help_heading = "Model", requires = "model")]
    pub(crate) sentence: Option<SentenceName>,
}

/// Ways to make the vector of a whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SentenceName {
    /// The mean of all hidden states.
    Mean,
    /// The hidden state of the first token.
    Cls,
    /// No such vector.
    Off,
}

impl SentenceArgs {
    /// The options of an encoder with this choice.
    pub(crate) fn of(&self, options: EncoderOptions) -> EncoderOptions {
        let sentence = self.sentence.map(|name| match name {
            SentenceName::Mean => Sentence::Mean,
            SentenceName::Cls => Sentence::Cls,
            SentenceName::Off => Sentence::Off,
        });
        EncoderOptions { sentence, ..options }
    }
}
