use crate::args::SearchArgs;
use crate::exit::{Failure, Result};
use pleiad::Schema;
use pleiad_encode::QueryEncoder;
use pleiad_text::{Question, input, without_encoder};

/// One query as it was asked, or why it cannot be.
pub(crate) struct ParsedQuery {
    /// Its id, or its line in the file.
    pub(crate) id: String,
    pub(crate) text: Option<String>,
    pub(crate) question: Result<Question>,
}

/// Every query that the flags name.
pub(crate) fn all(
    args: &SearchArgs,
    schema: &Schema,
    encoder: Option<&dyn QueryEncoder>,
) -> Result<Vec<ParsedQuery>> {
    if let Some(path) = &args.query_vectors {
        if let Some(id) = &schema.encoder {
            let message =
                format!("this collection's vectors come from encoder {id}: ask it in words, not in vectors");
            return Err(Failure::invalid(message));
        }
        let queries = input::query_vectors(path)?;
        return Ok(queries.into_iter().map(|(id, query)| of_vectors(id, query)).collect());
    }
    let encoder = encoder.ok_or_else(|| without_encoder(schema, "use --query-vectors FILE"))?;
    let texts = match (&args.query, &args.queries) {
        (Some(text), _) => vec![("1".to_owned(), text.clone())],
        (None, Some(path)) => input::query_texts(path)?,
        (None, None) => Vec::new(),
    };
    Ok(texts.into_iter().map(|(id, text)| ParsedQuery::text(encoder, id, text)).collect())
}

impl ParsedQuery {
    /// A question in words.
    pub(crate) fn text(encoder: &dyn QueryEncoder, id: String, text: String) -> Self {
        let question = Question::encode(encoder, &text).map_err(Failure::from);
        Self { id, text: Some(text), question }
    }
}

fn of_vectors(id: String, query: pleiad::Query) -> ParsedQuery {
    ParsedQuery { id, text: None, question: Ok(Question { query, words: Vec::new() }) }
}
