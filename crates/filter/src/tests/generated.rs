//! Random predicates and documents over few names and values, so that they meet.

use crate::area::{Area, Point};
use crate::{KeyTest, Path, Predicate, Test, Value, Values, WordsMode};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use std::ops::Bound;

pub(super) fn paths() -> impl Strategy<Value = Path> {
    let name = prop::sample::select(vec!["a", "b", "year", "x y", "not", "_text", "ä`b", "", "c.d"]);
    vec(name, 1..3).prop_map(|names| Path::new(names).unwrap())
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "a",
        "news",
        "New words",
        "it's \"so\" \\ \n\u{1}é😀",
        "2024-01-31",
        "2024-01-31T12:00:00Z",
    ])
    .prop_map(str::to_owned)
}

fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(vec![
            0.0,
            -0.0,
            0.5,
            1.0,
            1.5,
            2.0,
            9_007_199_254_740_993.0,
            9.3e18,
            -1e300,
            1e-7
        ]),
        prop::num::f64::NORMAL,
    ]
}

fn integers() -> impl Strategy<Value = i64> {
    let known = vec![0, 1, 2, -3, 2024, 9_007_199_254_740_993, 9_007_199_254_740_992, i64::MAX, i64::MIN];
    prop_oneof![prop::sample::select(known), any::<i64>()]
}

fn times() -> impl Strategy<Value = i64> {
    prop_oneof![
        prop::sample::select(vec![0, 1_706_659_200_000_000, 1_706_702_400_000_000, -1]),
        -62_167_219_200_000_000_i64..253_402_300_800_000_000,
    ]
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        integers().prop_map(Value::Integer),
        floats().prop_map(Value::Float),
        texts().prop_map(Value::Text),
        times().prop_map(Value::Time),
    ]
}

/// Ranges that hold for something.
fn ranges() -> impl Strategy<Value = Test> {
    let numbers = || prop_oneof![integers().prop_map(Value::Integer), floats().prop_map(Value::Float)];
    let ends =
        prop_oneof![(numbers(), numbers()), (times().prop_map(Value::Time), times().prop_map(Value::Time)),];
    (ends, 0..3, 0..3).prop_filter_map("holds for nothing", |((a, b), lower, upper)| {
        let (from, to) = if a < b { (a, b) } else { (b, a) };
        let bound = |value, kind| match kind {
            0 => Bound::Included(value),
            1 => Bound::Excluded(value),
            _ => Bound::Unbounded,
        };
        let test = Test::Range { lower: bound(from, lower), upper: bound(to, upper) };
        test.check().is_ok().then_some(test)
    })
}

fn points() -> impl Strategy<Value = Point> {
    (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| Point { lat, lon })
}

fn areas() -> impl Strategy<Value = Area> {
    let ring = || vec(points(), 3..6);
    prop_oneof![
        (points(), 0.0..1e7).prop_map(|(center, radius)| Area::Circle { center, radius }),
        (points(), points()).prop_filter_map("upside down", |(north_west, south_east)| {
            let area = Area::Box { north_west, south_east };
            area.check().is_ok().then_some(area)
        }),
        (ring(), vec(ring(), 0..2)).prop_map(|(exterior, holes)| Area::Polygon { exterior, holes }),
    ]
}

fn tests() -> impl Strategy<Value = Test> {
    let lists = || vec(values(), 0..4).prop_map(Values::new);
    let modes = prop::sample::select(vec![WordsMode::All, WordsMode::Any, WordsMode::Phrase]);
    let wanted = prop::sample::select(vec!["words", "new WORDS", "it s so", "news \"x\""]);
    prop_oneof![
        4 => lists().prop_map(Test::OneOf),
        1 => lists().prop_map(Test::OtherThan),
        3 => ranges(),
        1 => texts().prop_map(Test::Prefix),
        1 => (modes, wanted).prop_map(|(mode, text)| Test::Words { mode, text: text.to_owned() }),
        1 => (0..3_u32, prop_oneof![0..3_u32, Just(u32::MAX)])
            .prop_map(|(least, most)| Test::Count { least: least.min(most), most }),
        1 => Just(Test::Exists),
        1 => Just(Test::IsNull),
        1 => Just(Test::IsEmpty),
        1 => areas().prop_map(Test::Within),
    ]
}

pub(super) fn predicates() -> impl Strategy<Value = Predicate> {
    let keys =
        prop_oneof![btree_set(texts(), 0..3).prop_map(KeyTest::OneOf), texts().prop_map(KeyTest::Prefix),];
    let leaf = prop_oneof![
        8 => (paths(), tests()).prop_map(|(path, test)| Predicate::Attribute { path, test }),
        1 => keys.prop_map(Predicate::Key),
        1 => any::<bool>().prop_map(Predicate::Constant),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Predicate::And),
            vec(inner.clone(), 0..4).prop_map(Predicate::Or),
            inner.clone().prop_map(|inner| Predicate::Not(Box::new(inner))),
            (0..4_u32, vec(inner.clone(), 1..4)).prop_map(|(count, of)| Predicate::AtLeast { count, of }),
            (paths(), inner).prop_map(|(path, inner)| Predicate::Element { path, inner: Box::new(inner) }),
        ]
    })
}

/// Attributes with the names of [`paths`].
pub(super) fn attributes() -> impl Strategy<Value = Map<String, Json>> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        integers().prop_map(Json::from),
        floats().prop_map(Json::from),
        texts().prop_map(Json::String),
        points().prop_map(|point| serde_json::json!({"lat": point.lat, "lon": point.lon})),
    ];
    let names = || {
        prop::sample::select(vec!["a", "b", "year", "x y", "not", "ä`b", "", "c.d"]).prop_map(str::to_owned)
    };
    let value = leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::Array),
            vec((names(), inner), 0..3).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    });
    vec((names(), value), 0..5).prop_map(|members| members.into_iter().collect())
}
