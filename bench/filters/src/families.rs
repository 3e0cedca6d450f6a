//! Families of filters: independent of the query, around it, away from it, and with holes cut where it is.

use crate::sets::{Facts, MAX_RANDOM, Set, TOPICS};
use pleiad::Predicate;

/// Names of the attributes of topics.
const TOPIC_NAMES: [&str; TOPICS.len()] = ["topic", "fine", "finest"];

/// A family, which makes a filter for each query.
#[derive(Debug, Clone, Copy)]
pub enum Family {
    None,
    /// This many of ten thousand documents, by chance.
    Random(u64),
    /// The topic that most of the best ten have.
    TopicOfBest(usize),
    /// A topic with none of the best hundred, or with the fewest: the largest of those.
    OtherTopic(usize),
    /// All but the topic that most of the best ten have.
    AllButTopic(usize),
    /// All but the quarter of the topics that has most of the best hundred.
    AllButTopics(usize),
    /// All but the best documents.
    AllBut(usize),
    /// Every other one of so many best documents is left out, and half of the rest.
    EveryOther(usize),
    Longest,
    Shortest,
}

pub const FAMILIES: [Family; 26] = [
    Family::None,
    Family::Random(9000),
    Family::Random(5000),
    Family::Random(2500),
    Family::Random(1250),
    Family::Random(600),
    Family::Random(300),
    Family::Random(80),
    Family::Random(10),
    Family::Random(1),
    Family::TopicOfBest(0),
    Family::TopicOfBest(1),
    Family::TopicOfBest(2),
    Family::OtherTopic(0),
    Family::OtherTopic(1),
    Family::AllButTopic(0),
    Family::AllButTopic(1),
    Family::AllButTopics(0),
    Family::AllButTopics(1),
    Family::AllBut(10),
    Family::AllBut(30),
    Family::AllBut(90),
    Family::AllBut(300),
    Family::EveryOther(100),
    Family::Longest,
    Family::Shortest,
];

impl Family {
    /// The family, in words.
    pub fn name(self) -> String {
        let topics = |level: usize| format!("of {} topics", TOPICS[level]);
        match self {
            Self::None => "none".into(),
            Self::Random(share) => format!("random {} %", share as f64 * 100.0 / MAX_RANDOM as f64),
            Self::TopicOfBest(level) => format!("topic of the best 10, {}", topics(level)),
            Self::OtherTopic(level) => format!("topic with none of the best 100, {}", topics(level)),
            Self::AllButTopic(level) => format!("all but the topic of the best 10, {}", topics(level)),
            Self::AllButTopics(level) => format!("all but the best quarter, {}", topics(level)),
            Self::AllBut(num) => format!("all but the best {num}"),
            Self::EveryOther(num) => format!("every other one of the best {num}, and half of the rest"),
            Self::Longest => "longest eighth".into(),
            Self::Shortest => "shortest eighth".into(),
        }
    }

    /// The filter for a query whose documents are ranked so, as a text; nothing where all documents pass.
    pub fn filter(self, set: &Set, ranked: &[usize]) -> Option<Predicate> {
        let counts = |level: usize, num: usize| {
            let mut counts = vec![0usize; TOPICS[level]];
            ranked[..num].iter().for_each(|&at| counts[set.facts[at].topics[level] as usize] += 1);
            counts
        };
        let keys = |ranked: &mut dyn Iterator<Item = &usize>| {
            let keys: Vec<String> = ranked.map(|&at| format!("{:?}", set.facts[at].key)).collect();
            keys.join(",")
        };
        let text = match self {
            Self::None => return None,
            Self::Random(share) => format!("random < {share}"),
            Self::TopicOfBest(level) => format!("{} = {}", TOPIC_NAMES[level], most(&counts(level, 10))),
            Self::AllButTopic(level) => format!("{} != {}", TOPIC_NAMES[level], most(&counts(level, 10))),
            Self::OtherTopic(level) => {
                let mut sizes = vec![0usize; TOPICS[level]];
                set.facts.iter().for_each(|facts| sizes[facts.topics[level] as usize] += 1);
                let of_best = counts(level, 100);
                let with_any = (0..TOPICS[level]).filter(|&topic| sizes[topic] > 0);
                let other = with_any.min_by_key(|&topic| (of_best[topic], usize::MAX - sizes[topic]));
                format!("{} = {}", TOPIC_NAMES[level], other.unwrap_or(0))
            }
            Self::AllButTopics(level) => {
                let of_best = counts(level, 100);
                let mut topics: Vec<usize> = (0..TOPICS[level]).collect();
                topics.sort_by_key(|&topic| usize::MAX - of_best[topic]);
                let topics: Vec<String> =
                    topics[..TOPICS[level] / 4].iter().map(ToString::to_string).collect();
                format!("{} NOT IN ({})", TOPIC_NAMES[level], topics.join(","))
            }
            Self::AllBut(num) => format!("_key NOT IN ({})", keys(&mut ranked[..num].iter())),
            Self::EveryOther(num) => {
                let left_out = keys(&mut ranked[..num].iter().step_by(2));
                format!("random < {} AND _key NOT IN ({left_out})", MAX_RANDOM / 2)
            }
            Self::Longest => "length = 7".into(),
            Self::Shortest => "length = 0".into(),
        };
        Some(Predicate::parse(&text).expect("a filter"))
    }
}

fn most(counts: &[usize]) -> usize {
    (0..counts.len()).max_by_key(|&at| (counts[at], counts.len() - at)).unwrap_or(0)
}

/// The documents that pass a filter, as the model says.
pub fn passes(filter: Option<&Predicate>, facts: &Facts) -> bool {
    let [topic, fine, finest] = facts.topics;
    let attributes = serde_json::json!({
        "random": facts.random, "topic": topic, "fine": fine, "finest": finest, "length": facts.length
    });
    let attributes = attributes.as_object().expect("an object");
    let record = pleiad_filter::Record { key: &facts.key, text: None, attributes };
    filter.is_none_or(|filter| filter.matches(&record))
}
