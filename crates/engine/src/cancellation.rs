use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that ends what reads a snapshot: whoever waits for it no longer raises it, from any thread
/// ([`Snapshot::cancelled_by`](crate::Snapshot::cancelled_by)). Clones are the same flag.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    is_raised: AtomicBool,
    /// Looks at the flag until it raises itself; 0 for never.
    #[cfg(test)]
    looks_left: AtomicU64,
}

impl Cancellation {
    /// Raises the flag, for good.
    pub fn cancel(&self) {
        self.0.is_raised.store(true, Ordering::Relaxed);
    }

    /// Returns whether it was raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_raised.load(Ordering::Relaxed)
    }

    /// Ends the caller's work where the flag is raised.
    ///
    /// # Errors
    /// `Cancelled` then.
    pub(crate) fn check(&self) -> Result<()> {
        #[cfg(test)]
        self.look();
        if self.is_cancelled() {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "the read was ended by its caller: there is no answer",
            ));
        }
        Ok(())
    }

    /// A flag that raises itself at the look of this number, from 1 on.
    #[cfg(test)]
    pub(crate) fn at_look(number: u64) -> Self {
        Self(Arc::new(Flag { is_raised: AtomicBool::new(false), looks_left: AtomicU64::new(number) }))
    }

    #[cfg(test)]
    fn look(&self) {
        let step = |left: u64| left.checked_sub(1);
        if self.0.looks_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step) == Ok(1) {
            self.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AttributePath, Collection, Document, HybridQuery, HybridWeights, MultiVector, OrderBy, Predicate,
        Query, Schema, SearchParams, Snapshot, Terms, WordsQuery, WordsSchema,
    };
    use pleiad_vectors::Seed;
    use serde_json::json;

    const DIM: usize = 4;

    type Read = fn(&Snapshot) -> Result<String>;

    fn vectors(seed: u64) -> MultiVector {
        let mut generator = Seed(seed).generator();
        MultiVector::new((0..2 * DIM).map(|_| generator.gaussian()).collect(), DIM).unwrap()
    }

    fn query() -> Query {
        Query::new(vectors(1 << 20))
    }

    fn filter() -> Predicate {
        Predicate::parse("number >= 3 AND color = 1").unwrap()
    }

    fn searched(snapshot: &Snapshot, params: &SearchParams) -> Result<String> {
        Ok(format!("{:?}", snapshot.search(&query(), params)?.hits))
    }

    /// Every read that looks at many documents.
    const READS: [(&str, Read); 9] = [
        ("search", |snapshot| searched(snapshot, &SearchParams::DEFAULT)),
        ("budgets", |snapshot| {
            let params =
                SearchParams { num_candidates: Some(20), num_reranked: Some(12), ..SearchParams::DEFAULT };
            searched(snapshot, &params)
        }),
        ("filtered", |snapshot| {
            searched(snapshot, &SearchParams { filter: Some(filter()), ..SearchParams::DEFAULT })
        }),
        ("words", |snapshot| {
            let terms = WordsQuery::new(["w1", "w2"])?;
            Ok(format!("{:?}", snapshot.search_words(&terms, &SearchParams::DEFAULT)?.hits))
        }),
        ("hybrid", |snapshot| {
            let weights = HybridWeights::for_schema(snapshot.schema());
            let words = WordsQuery::new(["w1"])?;
            let asked = HybridQuery { vectors: query(), sentence: None, words, weights };
            Ok(format!("{:?}", snapshot.search_hybrid(&asked, &SearchParams::DEFAULT)?.hits))
        }),
        ("keys", |snapshot| Ok(format!("{:?}", snapshot.keys(&filter(), None, 100)?))),
        ("keys_by", |snapshot| {
            let order = OrderBy { path: AttributePath::parse("number").unwrap(), is_descending: true };
            Ok(format!("{:?}", snapshot.keys_by(&filter(), &order, None, 5)?))
        }),
        ("values", |snapshot| {
            let path = AttributePath::parse("color").unwrap();
            Ok(format!("{:?}", snapshot.values(&path, Some(&filter()), 9)?))
        }),
        ("info", |snapshot| Ok(format!("{:?}", snapshot.info()?.num_tokens))),
    ];

    fn collection(folder: &std::path::Path) -> Collection {
        let schema = Schema { words: Some(WordsSchema::new("english-1")), ..Schema::new(DIM) };
        let collection = Collection::create(folder.join("collection"), &schema).unwrap();
        let writer = collection.writer().unwrap();
        for half in 0..2 {
            let mut batch = crate::Batch::new();
            for number in (half..60).step_by(2) {
                let mut terms = Terms::default();
                terms.push(0, &format!("w{}", number % 5), 0);
                let attributes = json!({ "number": number, "color": number % 2 });
                let document =
                    Document::new(format!("d{number:02}"), vectors(number)).unwrap().with_terms(terms);
                batch.upsert(document.with_attributes(attributes.as_object().unwrap()).unwrap());
            }
            writer.apply(batch).unwrap();
        }
        drop(writer);
        collection
    }

    /// A read that is ended anywhere is an error, and leaves nothing behind that another one would see.
    #[test]
    fn a_read_that_is_ended_at_any_look_gives_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let collection = collection(folder.path());
        for (name, read) in READS {
            // Its caches are its own.
            let expected =
                read(&Collection::open(folder.path().join("collection")).unwrap().snapshot().unwrap());
            let expected = expected.unwrap();
            let mut num_looks = 0;
            loop {
                let flag = Cancellation::at_look(num_looks + 1);
                let ended = read(&collection.snapshot().unwrap().cancelled_by(&flag));
                match ended {
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{name}: {error}"),
                    Ok(answer) => {
                        assert_eq!(answer, expected, "{name}");
                        break;
                    }
                }
                num_looks += 1;
            }
            assert!(num_looks > 0, "{name} never looks at the flag");
            assert_eq!(read(&collection.snapshot().unwrap()).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn a_flag_that_was_raised_ends_every_read() {
        let folder = tempfile::tempdir().unwrap();
        let flag = Cancellation::default();
        let snapshot = collection(folder.path()).snapshot().unwrap().cancelled_by(&flag);
        assert!(READS.iter().all(|(_, read)| read(&snapshot).is_ok()));
        flag.clone().cancel();
        for (name, read) in READS {
            assert_eq!(read(&snapshot).unwrap_err().kind(), ErrorKind::Cancelled, "{name}");
        }
    }
}
