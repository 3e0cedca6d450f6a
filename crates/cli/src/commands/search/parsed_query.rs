use crate::args::SearchArgs;
use crate::exit::{Failure, Result};
use pleiad::Query;
use pleiad_text::{Question, Searcher, input};
use std::collections::HashMap;
use std::path::Path;

/// One query as it was asked, or why it cannot be.
pub(crate) struct ParsedQuery {
    /// Its id, or its line in the file.
    pub(crate) id: String,
    pub(crate) text: Option<String>,
    pub(crate) question: Result<Question>,
}

/// The id of a query that was typed.
const TYPED: &str = "1";

/// Every query that the flags name.
pub(crate) fn all(args: &SearchArgs, searcher: &Searcher<'_>) -> Result<Vec<ParsedQuery>> {
    if let Some(path) = &args.query_vectors {
        return with_vectors(args, path, searcher);
    }
    match (&args.query, &args.queries) {
        // A person who types quotes means them; texts in a file are what they are.
        (Some(text), _) => Ok(vec![ParsedQuery::typed(searcher, text)]),
        (None, Some(path)) => {
            let parsed = |(id, text): (String, String)| {
                let question = searcher.question(&text).map_err(Failure::from);
                ParsedQuery { id, text: Some(text), question }
            };
            Ok(input::query_texts(path)?.into_iter().map(parsed).collect())
        }
        (None, None) => Ok(Vec::new()),
    }
}

impl ParsedQuery {
    /// The one query that was typed.
    pub(crate) fn typed(searcher: &Searcher<'_>, text: &str) -> Self {
        let question = searcher.typed_question(text).map_err(Failure::from);
        Self { id: TYPED.to_owned(), text: Some(text.to_owned()), question }
    }
}

/// Queries of ready-made vectors, each with its text if there are some.
fn with_vectors(args: &SearchArgs, path: &Path, searcher: &Searcher<'_>) -> Result<Vec<ParsedQuery>> {
    let queries = input::query_vectors(path)?;
    let texts: Option<HashMap<String, String>> = match (&args.query, &args.queries) {
        (Some(text), _) => match &queries[..] {
            [(id, _)] => Some([(id.clone(), text.clone())].into()),
            _ => {
                let (path, number) = (path.display(), queries.len());
                let message = format!(
                    "{path} holds {number} queries, and one text is not that of all: name their texts with --queries"
                );
                return Err(Failure::invalid(message));
            }
        },
        (None, Some(path)) => Some(input::query_texts(path)?.into_iter().collect()),
        (None, None) => None,
    };
    let parsed = |(id, query): (String, Query)| {
        let text = texts.as_ref().map(|texts| texts.get(&id).cloned());
        let question = match &text {
            Some(None) => {
                Err(Failure::invalid(format!("no text is named for the query {id:?} of {}", path.display())))
            }
            Some(Some(text)) => searcher.vector_question(query, Some(text)).map_err(Failure::from),
            None => searcher.vector_question(query, None).map_err(Failure::from),
        };
        ParsedQuery { id, text: text.flatten(), question }
    };
    Ok(queries.into_iter().map(parsed).collect())
}
