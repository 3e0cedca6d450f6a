use crate::document::{check_names, encode_attributes};
use crate::error::{Error, Result};
use crate::{Terms, WordsSchema};
use pleiad_vectors::DocKey;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// A change of a document's attributes. Vectors, text and id stay what they are: their codes are copied byte for byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Amendment {
    patch: Map<String, Value>,
    terms: Option<TermsOf>,
}

/// Makes the terms of a document of its text and attributes.
#[derive(Clone)]
struct TermsOf(Arc<Make>);

type Make = dyn Fn(Option<&str>, &Map<String, Value>) -> Terms + Send + Sync;

impl Amendment {
    /// Merges a JSON object into the attributes as RFC 7396 says: a null removes the attribute, an object is merged into the
    /// one that is there, and every other value takes the place of what was there.
    pub fn merge(patch: Map<String, Value>) -> Self {
        Self { patch, terms: None }
    }

    /// Makes the document findable by other terms, those of its text and of its attributes after the merge: wanted where an
    /// attribute is changed that is a source of the collection's words.
    #[must_use]
    pub fn with_terms(
        self,
        make: impl Fn(Option<&str>, &Map<String, Value>) -> Terms + Send + Sync + 'static,
    ) -> Self {
        Self { terms: Some(TermsOf(Arc::new(make))), ..self }
    }

    /// The attributes after the merge, as they are stored.
    ///
    /// # Errors
    /// `InvalidArgument` when they are above the limit of a document, and for new names that begin with `_`.
    pub(super) fn merged(
        &self,
        key: &DocKey,
        mut attributes: Map<String, Value>,
    ) -> Result<(Map<String, Value>, Vec<u8>)> {
        // What is there already may be removed.
        check_names(key, self.patch.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name))?;
        merge(&mut attributes, &self.patch);
        let bytes = encode_attributes(key, &attributes)?;
        Ok((attributes, bytes))
    }

    /// The terms after the merge, if they are made anew.
    pub(super) fn terms(&self, text: Option<&str>, attributes: &Map<String, Value>) -> Option<Terms> {
        self.terms.as_ref().map(|TermsOf(make)| make(text, attributes))
    }

    /// Checks that words do not stay those of attributes that are gone.
    ///
    /// # Errors
    /// `InvalidArgument` for an attribute that words come from, where nothing makes them anew.
    pub(super) fn check(&self, words: Option<&WordsSchema>) -> Result<()> {
        let Some(words) = words.filter(|_| self.terms.is_none()) else { return Ok(()) };
        let name = |source: &str| source.split('.').next().unwrap_or_default().to_owned();
        let mut names = words.fields.iter().map(|field| name(&field.source));
        match names.find(|name| self.patch.contains_key(name)) {
            None => Ok(()),
            Some(name) => Err(Error::invalid(format!(
                "the attribute {name:?} is a source of this collection's words: an amendment of it needs what makes its terms"
            ))),
        }
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Object(inner) => {
                let entry = target.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new()));
                if !entry.is_object() {
                    *entry = Value::Object(Map::new());
                }
                entry.as_object_mut().into_iter().for_each(|entry| merge(entry, inner));
            }
            other => drop(target.insert(name.clone(), other.clone())),
        }
    }
}

impl fmt::Debug for TermsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TermsOf")
    }
}

/// Functions are the same where they are one.
impl PartialEq for TermsOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7396, appendix A, whose targets and patches are objects.
    #[test]
    fn objects_are_merged_as_the_standard_says() {
        for (target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
            (json!({"a": 1}), json!({"a": {"b": 2}}), json!({"a": {"b": 2}})),
            (json!({"a": 1}), json!({}), json!({"a": 1})),
        ] {
            let mut merged = target.as_object().unwrap().clone();
            merge(&mut merged, patch.as_object().unwrap());
            assert_eq!(Value::Object(merged), expected, "{target} {patch}");
        }
    }
}
