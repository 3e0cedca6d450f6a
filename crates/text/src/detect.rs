/// Bytes of a text that are looked at: a page tells its language.
const MAX_BYTES: usize = 4 << 10;

/// Names of languages in the detector, and their beginnings in models.
#[rustfmt::skip]
const NAMES: [(&str, &str); 69] = [
    ("afr", "af"), ("aka", "ak"), ("amh", "am"), ("ara", "ar"), ("aze", "az"), ("bel", "be"), ("ben", "bn"), ("bul", "bg"),
    ("cat", "ca"), ("ces", "cs"), ("cmn", "zh"), ("cym", "cy"), ("dan", "da"), ("deu", "de"), ("ell", "el"), ("eng", "en"),
    ("epo", "eo"), ("est", "et"), ("fin", "fi"), ("fra", "fr"), ("guj", "gu"), ("heb", "he"), ("hin", "hi"), ("hrv", "hr"),
    ("hun", "hu"), ("hye", "hy"), ("ind", "id"), ("ita", "it"), ("jav", "jv"), ("jpn", "ja"), ("kan", "kn"), ("kat", "ka"),
    ("khm", "km"), ("kor", "ko"), ("lat", "la"), ("lav", "lv"), ("lit", "lt"), ("mal", "ml"), ("mar", "mr"), ("mkd", "mk"),
    ("mya", "my"), ("nep", "ne"), ("nld", "nl"), ("nob", "no"), ("ori", "or"), ("pan", "pa"), ("pes", "fa"), ("pol", "pl"),
    ("por", "pt"), ("ron", "ro"), ("rus", "ru"), ("sin", "si"), ("slk", "sk"), ("slv", "sl"), ("sna", "sn"), ("spa", "es"),
    ("srp", "sr"), ("swe", "sv"), ("tam", "ta"), ("tel", "te"), ("tgl", "tl"), ("tha", "th"), ("tuk", "tk"), ("tur", "tr"),
    ("ukr", "uk"), ("urd", "ur"), ("uzb", "uz"), ("vie", "vi"), ("zul", "zu"),
];

/// Detects the language of a text among those that a model knows; nothing where that is not clear, or it is none of
/// them.
pub(crate) fn detect<'a>(text: &str, known: &'a [String]) -> Option<&'a str> {
    let name = detect_any(text)?;
    known.iter().map(String::as_str).find(|known| known.split('_').next() == Some(name))
}

/// Detects the language of a text, by its two letters; nothing where that is not clear.
pub(crate) fn detect_any(text: &str) -> Option<&'static str> {
    let beginning = &text[..text.floor_char_boundary(MAX_BYTES)];
    let found = whatlang::detect(beginning).filter(whatlang::Info::is_reliable)?;
    code_of(found.lang().code())
}

/// The two letters of a language by its code of two or three letters, with a region or without; nothing for others.
pub(crate) fn code_of(name: &str) -> Option<&'static str> {
    let code = name.split(['_', '-']).next()?.to_lowercase();
    NAMES.iter().find(|(three, two)| *three == code || *two == code).map(|&(_, two)| two)
}

/// The English name of a language by its two letters; these where it is not known.
pub(crate) fn english_name(two: &str) -> &str {
    let three = NAMES.iter().find(|(_, name)| *name == two).map(|(three, _)| *three);
    three.and_then(whatlang::Lang::from_code).map_or(two, |language| language.eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str =
        "Die Straße führt über die alte Brücke in die Stadt, und niemand weiß, wer sie gebaut hat.";
    const ENGLISH: &str =
        "The road leads over the old bridge into the town, and nobody knows who has built it.";

    #[test]
    fn a_clear_language_that_is_known_is_found_and_no_other() {
        let known = ["en_XX", "de_DE"].map(str::to_owned);
        assert_eq!(detect(GERMAN, &known), Some("de_DE"));
        assert_eq!(detect(ENGLISH, &known), Some("en_XX"));
        assert_eq!(detect(GERMAN, &known[..1]), None);
        for unclear in ["", "42", "x", "ok"] {
            assert_eq!(detect(unclear, &known), None, "{unclear:?}");
        }
        // What follows the first page does not count, and a character is not cut.
        assert_eq!(
            detect(&("ü".to_owned() + &GERMAN.repeat(50) + &ENGLISH.repeat(500)), &known),
            Some("de_DE")
        );
    }

    #[test]
    fn every_language_of_the_detector_has_one_name() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for language in whatlang::Lang::all() {
            // Yiddish is in no model of this kind.
            let has_name = NAMES.iter().any(|(code, _)| *code == language.code());
            assert!(has_name || language.code() == "yid", "{}", language.code());
        }
    }
}
