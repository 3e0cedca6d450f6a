use crate::error::{Error, Result};
use pleiad_compress::reduce::{Aggregate, Budget, ReduceParams, Reducer};
use pleiad_compress::reduce::{Reduction as Rule, WardVariant};
use pleiad_kernels::Isa;
use serde::{Deserialize, Serialize};

/// Token pooling: the rule by which token vectors of a document share a stored row. Queries are never pooled.
///
/// Tokens are compared by direction, and a row is their mean direction at their mean length. Fewer rows make
/// documents smaller, and everything that reads them faster, in proportion: storage, rescoring, exact scores. What
/// that costs is in the table of [`pleiad_compress::reduce`]; these are the two of its ways that measured best, one
/// for quality and one for length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reduction {
    /// None do: every token vector is a row.
    #[default]
    Keep,
    /// Those that are alike, anywhere in the document (Ward 1963). Cost: about 1.2 µs a token of 128 dims, quadratic
    /// up to 4,096 tokens, which are then reduced window by window.
    Ward {
        /// Token vectors to one row: from 2 on; measured for 2, 3, 4 and 6.
        factor: u32,
    },
    /// Neighbors only, where that adds least variance. Cost: about 0.3 µs a token, at any length; worth less
    /// than [`Reduction::Ward`] where that can be afforded.
    Neighbors {
        /// Token vectors to one row: from 2 on.
        factor: u32,
    },
}

impl Reduction {
    /// Returns the reducer of documents; nothing where all rows are kept.
    pub(crate) fn reducer(self) -> Result<Option<Reducer>> {
        let rule = match self {
            Self::Keep => return Ok(None),
            Self::Ward { factor } => {
                Rule::Ward { variant: WardVariant::Condensed, budget: Budget::Factor(factor) }
            }
            Self::Neighbors { factor } => Rule::Neighbors { budget: Budget::Factor(factor) },
        };
        let params = ReduceParams { reduction: rule, aggregate: Aggregate::MeanAtLength };
        let reducer = Reducer::new(params, Isa::best())
            .map_err(|error| Error::invalid(format!("reduction: {error}")).caused_by(error))?;
        Ok(Some(reducer))
    }
}

/// A reduction as the manifest keeps it; keeping all rows is written as nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredReduction {
    name: String,
    factor: u32,
}

const WARD: &str = "ward";
const NEIGHBORS: &str = "neighbors";
/// The name that schemas had before the spelling became American.
const OLD_NEIGHBORS: &str = "neighbours";

impl StoredReduction {
    pub(crate) fn of(reduction: Reduction) -> Option<Self> {
        let (name, factor) = match reduction {
            Reduction::Keep => return None,
            Reduction::Ward { factor } => (WARD, factor),
            Reduction::Neighbors { factor } => (NEIGHBORS, factor),
        };
        Some(Self { name: name.to_owned(), factor })
    }

    pub(crate) fn into_reduction(self) -> Result<Reduction> {
        let Self { name, factor } = self;
        match name.as_str() {
            WARD => Ok(Reduction::Ward { factor }),
            NEIGHBORS | OLD_NEIGHBORS => Ok(Reduction::Neighbors { factor }),
            _ => Err(Error::unknown_name("reduction", &name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Schema};

    const WITHOUT: &str = r#"{"version":1,"dim":64,"token_code":"int8",
        "fde":{"repetitions":40,"simhash_projections":4,"projection_dim":16,"final_projection_dim":null,
               "fill_empty_partitions":true,"seed":42,"generator":"portable-1"},
        "fde_code":"sign","encoder":"static-v1"}"#;

    fn with(reduction: &str) -> String {
        WITHOUT.replace(r#""dim":64,"#, &format!(r#""dim":64,"reduction":{reduction},"#))
    }

    #[test]
    fn a_schema_without_a_reduction_keeps_all_rows_and_is_written_as_before() {
        let schema = Schema::from_bytes(WITHOUT.as_bytes()).unwrap();
        assert_eq!(schema.reduction, Reduction::Keep);
        let written = String::from_utf8(schema.to_bytes().unwrap()).unwrap();
        assert_eq!(written, WITHOUT.split_whitespace().collect::<String>());
    }

    #[test]
    fn a_reduction_is_read_as_it_was_written() {
        for (reduction, text) in [
            (Reduction::Ward { factor: 2 }, r#"{"name":"ward","factor":2}"#),
            (Reduction::Neighbors { factor: 6 }, r#"{"name":"neighbors","factor":6}"#),
        ] {
            let schema = Schema::from_bytes(with(text).as_bytes()).unwrap();
            assert_eq!(schema.reduction, reduction);
            let written = schema.to_bytes().unwrap();
            assert!(String::from_utf8_lossy(&written).contains(text));
            assert_eq!(Schema::from_bytes(&written).unwrap(), schema);
        }
    }

    #[test]
    fn a_name_in_the_spelling_of_older_releases_is_read() {
        let schema = Schema::from_bytes(with(r#"{"name":"neighbours","factor":6}"#).as_bytes()).unwrap();
        assert_eq!(schema.reduction, Reduction::Neighbors { factor: 6 });
    }

    #[test]
    fn what_no_version_so_far_wrote_is_refused() {
        for (text, kind, word) in [
            (r#"{"name":"ward-2","factor":2}"#, ErrorKind::Unsupported, "reduction \"ward-2\""),
            (r#"{"name":"ward"}"#, ErrorKind::Corrupt, "schema in MANIFEST"),
            (r#"{"name":"ward","factor":-2}"#, ErrorKind::Corrupt, "schema in MANIFEST"),
            (r#"{"name":"ward","factor":2,"rows":3}"#, ErrorKind::Corrupt, "schema in MANIFEST"),
        ] {
            let error = Schema::from_bytes(with(text).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), kind, "{text}");
            assert!(error.to_string().contains(word), "{error}");
        }
        for (damage, word) in [
            (r#""token_code":"int8","centroids":9"#, "centroids"),
            (r#""token_code":"int8","lemur":{"num_features":4,"num_samples":8,"seed":1}"#, "signs"),
        ] {
            let text = WITHOUT.replace(r#""token_code":"int8""#, damage);
            let error = Schema::from_bytes(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{damage}");
            assert!(error.to_string().contains(word), "{error}");
        }
        let schema = Schema::from_bytes(with(r#"{"name":"ward","factor":0}"#).as_bytes()).unwrap();
        let error = crate::vector_field::fields_of(&schema).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("factor is 0"), "{error}");
    }
}
