//! One door to every encoder.

use crate::checkpoint;
use pleiad_encode::{Encoder, ModelEncoder, ModelOptions, WordsOnly};

#[test]
fn a_folder_gives_the_encoder_that_it_holds() {
    let (folder, options) = (checkpoint("pylate"), ModelOptions::default());
    let opened = pleiad_encode::open(&folder, &options).unwrap();
    let model = ModelEncoder::open(&folder, &options).unwrap();
    let text = "a door for every encoder";
    assert_eq!(opened.encode_document(text).unwrap(), model.encode_document(text).unwrap());
    assert!(opened.runs_model() && opened.id().contains('@'), "{}", opened.id());
    let missing = pleiad_encode::open("nowhere".as_ref(), &options).err().unwrap();
    assert!(missing.to_string().contains("config.json"), "{missing}");
}

#[test]
fn built_in_encoders_are_known_by_their_ids() {
    for (id, runs_model) in [(ModelEncoder::MINI, true), (WordsOnly::ID, false)] {
        let encoder = pleiad_encode::built_in(id).unwrap().unwrap();
        assert_eq!((encoder.id(), encoder.runs_model()), (id, runs_model));
    }
    assert!(pleiad_encode::built_in("static-v3").unwrap().is_none());
}
