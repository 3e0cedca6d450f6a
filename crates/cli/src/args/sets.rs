use clap::Args;
use pleiad::{Reduction, SetWeight, TokenCode};
use pleiad_text::NewSet;

/// Vector sets that rank.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SetArgs {
    /// Rank by this vector set, `body` for the first one; again for several, whose scores are added: each is the mean over the
    /// query's tokens times a weight [default: 1].
    #[arg(long = "set", value_name = "NAME[=WEIGHT]", value_parser = set_weight, conflicts_with_all = ["mode", "alpha"])]
    pub(crate) sets: Vec<SetWeight>,
}

pub(super) fn set_weight(text: &str) -> Result<SetWeight, String> {
    let (set, weight) = text.split_once('=').unwrap_or((text, "1"));
    let weight: f32 =
        weight.parse().map_err(|_| format!("the weight {weight:?} is no number: write such as {set}=0.3"))?;
    if weight.is_finite() && weight > 0.0 {
        return Ok(SetWeight { set: set.to_owned(), weight });
    }
    Err(format!("the weight {weight} must be above 0: leave out a set that is to count as nothing"))
}

/// The keys that describe a new set.
const KEYS: &str = "dim, tokens, centroids, pool, source";

/// Reads `title:dim=128,tokens=int4`.
pub(super) fn new_set(text: &str) -> Result<NewSet, String> {
    let (name, said) = text
        .split_once(':')
        .ok_or_else(|| format!("write NAME:KEY=VALUE,... such as {text}:dim=128; keys are {KEYS}"))?;
    let mut set = NewSet { name: name.to_owned(), ..NewSet::default() };
    for pair in said.split(',') {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| format!("{pair:?} is no KEY=VALUE; keys are {KEYS}"))?;
        let number = || value.parse::<u32>().map_err(|_| format!("{key}={value}: {value:?} is no number"));
        match key {
            "dim" => set.dim = Some(number()? as usize),
            "tokens" => set.tokens = Some(token_code(value)?),
            "centroids" => set.centroids = Some(number()?),
            "pool" => set.reduction = Some(Reduction::Ward { factor: number()? }),
            "source" => set.source = Some(value.to_owned()),
            _ => return Err(format!("unknown key {key:?}; keys are {KEYS}")),
        }
    }
    Ok(set)
}

fn token_code(name: &str) -> Result<TokenCode, String> {
    let codes = [
        ("int8", TokenCode::Int8),
        ("int4", TokenCode::Int4),
        ("int2", TokenCode::Int2),
        ("int1", TokenCode::Int1),
        ("f16", TokenCode::F16),
    ];
    let found = codes.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, code)| *code)
        .ok_or_else(|| format!("unknown code {name:?}: int8, int4, int2, int1 or f16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read() {
        let read = |text| set_weight(text).map(|SetWeight { set, weight }| (set, weight));
        assert_eq!(read("title=.3"), Ok(("title".to_owned(), 0.3)));
        assert_eq!(read("body"), Ok(("body".to_owned(), 1.0)));
        assert!(read("title=x").unwrap_err().contains("write such as title=0.3"));
        for text in ["title=0", "title=-1", "title=NaN", "title=inf"] {
            assert!(read(text).unwrap_err().contains("must be above 0"), "{text}");
        }
    }

    #[test]
    fn new_sets_are_read() {
        let set = new_set("title:dim=128,tokens=int2,centroids=64,pool=2").unwrap();
        assert_eq!((set.name.as_str(), set.dim, set.tokens), ("title", Some(128), Some(TokenCode::Int2)));
        assert_eq!((set.centroids, set.reduction), (Some(64), Some(Reduction::Ward { factor: 2 })));
        assert_eq!(new_set("a:source=x.y").unwrap().source.as_deref(), Some("x.y"));
        for (text, message) in [
            ("title", "such as title:dim=128"),
            ("title:dim", "is no KEY=VALUE"),
            ("title:dim=x", "\"x\" is no number"),
            ("title:size=3", "unknown key \"size\"; keys are dim, tokens"),
            ("title:tokens=int3", "unknown code \"int3\""),
        ] {
            let error = new_set(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
