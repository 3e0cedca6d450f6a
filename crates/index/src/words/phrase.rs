use super::{StoredTerms, WordsError};

/// Terms that stand at given distances in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Each term with its distance from the first.
    terms: Vec<(String, u32)>,
}

impl Phrase {
    /// A phrase of terms with their positions in the query.
    pub fn new(terms: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut terms: Vec<(String, u32)> = terms.into_iter().collect();
        let first = terms.iter().map(|(_, position)| *position).min().unwrap_or(0);
        terms.iter_mut().for_each(|(_, position)| *position -= first);
        Self { terms }
    }

    /// Terms with their distances from the first.
    pub fn terms(&self) -> &[(String, u32)] {
        &self.terms
    }

    /// Returns whether a field of a row has the terms at these distances. Cost: a pass over the row's terms.
    ///
    /// # Errors
    /// [`WordsError::Terms`] when they are damaged.
    pub fn is_in(&self, row: &StoredTerms<'_>) -> Result<bool, WordsError> {
        let num_fields = row.lengths().len();
        // Of each term and field, where the phrase would begin.
        let mut starts = vec![vec![Vec::new(); num_fields]; self.terms.len()];
        row.for_each(|term| {
            for (at, (_, distance)) in
                self.terms.iter().enumerate().filter(|(_, (text, _))| text == term.text)
            {
                let mut rest = term.positions;
                for (field, &count) in term.counts.iter().enumerate() {
                    let (here, after) = rest.split_at(count as usize);
                    rest = after;
                    starts[at][field]
                        .extend(here.iter().filter_map(|position| position.checked_sub(*distance)));
                }
            }
            Ok::<_, WordsError>(())
        })?;
        let Some((first, others)) = starts.split_first() else { return Ok(true) };
        let begins =
            |field: usize, start: &u32| others.iter().all(|other| other[field].binary_search(start).is_ok());
        Ok((0..num_fields).any(|field| first[field].iter().any(|start| begins(field, start))))
    }
}
