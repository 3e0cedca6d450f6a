use super::{Calibration, Level, MIN_TOKENS, QueryClass, QueryOrigin};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// Version of the JSON below. Versions 1 and 2 had no classes: the queries of all lengths shared their levels, and only
/// version 2 knew postings.
const VERSION: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Stored<C> {
    version: u32,
    #[serde(flatten)]
    calibration: C,
}

/// The content of versions 1 and 2.
#[derive(Deserialize)]
struct WithoutClasses {
    num_documents: u64,
    num_sampled: u64,
    num_queries: usize,
    origin: QueryOrigin,
    levels: Vec<Level>,
}

impl From<WithoutClasses> for Calibration {
    fn from(old: WithoutClasses) -> Self {
        let WithoutClasses { num_documents, num_sampled, num_queries, origin, levels } = old;
        let (min_tokens, query_tokens, costs) = (MIN_TOKENS[0], None, None);
        let class = QueryClass {
            min_tokens,
            num_documents,
            num_sampled,
            num_queries,
            query_tokens,
            origin,
            costs,
            levels,
        };
        Self { weights: None, classes: vec![class] }
    }
}

impl Calibration {
    /// As it is kept with the collection.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(&Stored { version: VERSION, calibration: self }).map_err(|error| {
            Error::new(ErrorKind::Internal, "the calibration cannot be written").caused_by(error)
        })
    }

    /// Reads it back. One of a newer version counts as none: it can be measured again at any time. The levels of an older one
    /// serve queries of all lengths, until the calibration that is due then.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |error| {
            Error::corrupt("the calibration is not what this version writes: `pleiad tune` makes a new one")
                .caused_by(error)
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if !(1..=VERSION).contains(&version) {
            return Ok(None);
        }
        if version < VERSION {
            let old: Stored<WithoutClasses> = serde_json::from_slice(bytes).map_err(damaged)?;
            return Ok(Some(old.calibration.into()));
        }
        let mut stored: Stored<Self> = serde_json::from_slice(bytes).map_err(damaged)?;
        stored.calibration.classes.sort_by_key(|class| class.min_tokens);
        Ok(Some(stored.calibration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, FilterDepth, StepCosts, UnderFilter};

    /// As releases before classes wrote them.
    const OLD: [&str; 2] = [
        include_str!("../../tests/fixtures/calibration-version-1.json"),
        include_str!("../../tests/fixtures/calibration-version-2.json"),
    ];

    #[test]
    fn old_calibrations_serve_all_lengths_and_are_due() {
        let read = OLD.map(|bytes| Calibration::from_bytes(bytes.as_bytes()).unwrap().unwrap());
        for old in &read {
            assert!(
                old.is_outdated() && old.class_for(1).is_some() && old.class_for(1) == old.class_for(1000)
            );
        }
        let about =
            |class: &QueryClass| (class.num_documents, class.num_queries, class.origin, class.levels.len());
        assert_eq!(about(&read[0].classes[0]), (40, 160, QueryOrigin::Documents, 28));
        assert_eq!(about(&read[1].classes[0]).2, QueryOrigin::Given);
        assert!(read[1].uses_postings());
    }

    #[test]
    fn what_is_written_is_read_and_older_programs_take_it_for_none() {
        let mut calibration = Calibration::from_bytes(OLD[1].as_bytes()).unwrap().unwrap();
        calibration.classes[0].query_tokens = Some((4, 32));
        calibration.classes[0].levels[0].interval = Some((0.5, 0.75));
        let (rescore_ns, candidate_ns, rerank_ns, chosen_ns) = (1.5, 2.0, 3.0, 4.0);
        calibration.classes[0].costs = Some(StepCosts { rescore_ns, candidate_ns, rerank_ns, chosen_ns });
        let depths = vec![FilterDepth { left_out: 10, factor: 1.25 }];
        calibration.classes[0].levels[0].under_filter =
            Some(UnderFilter { reranked_factor: 2.0, depths, fixed_ns: 0.5 });
        let bytes = calibration.to_bytes().unwrap();
        assert_eq!(Calibration::from_bytes(&bytes).unwrap(), Some(calibration));
        // They read this number first, and measure anew where it is above 2.
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["version"], 3);
        let newer = String::from_utf8(bytes).unwrap().replacen("\"version\":3", "\"version\":4", 1);
        assert_eq!(Calibration::from_bytes(newer.as_bytes()).unwrap(), None);
        for damaged in ["", "{}", "{\"version\":3}", "{\"version\":2,\"levels\":[]}"] {
            let error = Calibration::from_bytes(damaged.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{damaged}");
        }
    }
}
