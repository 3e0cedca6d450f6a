//! Two wrong bits of a file lose nothing, wherever they are: in one KiB, in what says where things are, in checksums.

use crate::common::{Document, Model, read_all, upsert};
use crate::damage::{Files, collection};
use crate::repairing::{check_sound, repaired};
use pleiad_store::testing::{MemoryBackend, seal_manifest};
use pleiad_store::{Options, Store, StoreError, StoreWriter, View};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

const KIB: usize = 1 << 10;
const BLOCK: usize = 64 << 10;
const HEADER: usize = 64;
const HEAD: usize = 4224;

/// Lengths of texts: files of one KiB, of some, of a block, and of several.
const TEXTS: [usize; 4] = [30, 600, 9000, 70_000];

/// A collection with a named snapshot, its documents, assets and attachments.
fn sound(text_bytes: usize) -> &'static (Files, Model) {
    static MADE: [OnceLock<(Files, Model)>; 4] = [const { OnceLock::new() }; 4];
    let which = TEXTS.iter().position(|&one| one == text_bytes).unwrap();
    MADE[which].get_or_init(|| {
        let (files, model) = collection(text_bytes, true);
        let folder = MemoryBackend::with_files(files);
        let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
        writer.name_snapshot("kept").unwrap();
        let batch = [upsert("key-new", 7, text_bytes), upsert("key-1", 8, text_bytes)];
        let mut model = model;
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        writer.close().unwrap();
        let mut files = folder.files();
        files.remove("LOCK");
        (files, model)
    })
}

/// The parts of a file that is covered block by block, by their names in `docs/format.md`.
fn parts(length: usize) -> BTreeMap<&'static str, Range<usize>> {
    let ends = |content: usize| {
        let pieces = content + content.min(HEAD);
        let sums = pieces + 4 * pieces.div_ceil(KIB);
        let covered = sums.next_multiple_of(64);
        (pieces, sums, covered, 4 * covered.div_ceil(BLOCK) + 4)
    };
    let content = (HEADER..length).step_by(64).find(|&content| {
        let (_, _, covered, footer) = ends(content);
        covered + 2 * footer == length
    });
    let content = content.expect("a file of this form");
    let (pieces, sums, covered, footer) = ends(content);
    BTreeMap::from([
        ("all", 0..length),
        ("header", 0..HEADER),
        ("start", 0..content.min(200)),
        ("content", 0..content),
        ("head", content..pieces),
        ("sums", pieces..sums),
        ("padding", if sums < covered { sums..covered } else { pieces..sums }),
        ("footers", covered..length),
        ("first footer", covered..covered + footer),
        ("second footer", covered + footer..length),
    ])
}

/// Two bits of a file, by what they have to do with each other.
#[derive(Debug, Clone)]
enum Place {
    /// One in each of two parts.
    Parts(&'static str, &'static str),
    /// Both in one KiB.
    Kib,
    /// Both in one byte.
    Byte,
    /// One in a KiB and one in its checksum.
    KibAndSum,
    /// Both in the checksum of one KiB.
    Sum,
    /// In different blocks.
    Blocks,
    /// The same bit of both heads.
    BothHeads,
    /// The same bit of both footers.
    BothFooters,
}

fn place() -> impl Strategy<Value = Place> {
    let part = || {
        prop::sample::select(vec![
            "all",
            "header",
            "start",
            "content",
            "head",
            "sums",
            "padding",
            "footers",
            "first footer",
            "second footer",
        ])
    };
    prop_oneof![
        6 => (part(), part()).prop_map(|(one, other)| Place::Parts(one, other)),
        6 => Just(Place::Kib),
        1 => Just(Place::Byte),
        3 => Just(Place::KibAndSum),
        1 => Just(Place::Sum),
        2 => Just(Place::Blocks),
        1 => Just(Place::BothHeads),
        1 => Just(Place::BothFooters),
    ]
}

/// The bits of a place: `first` and `second` choose among its.
fn bits(place: &Place, length: usize, first: u64, second: u64) -> [usize; 2] {
    let parts = parts(length);
    let bit_of =
        |part: &Range<usize>, choice: u64| 8 * part.start + (choice % (8 * part.len() as u64)) as usize;
    let sums = &parts["sums"];
    let (piece, num_pieces) = ((first / 8192) as usize, sums.len() / 4);
    let kib = |piece: usize| piece % num_pieces * KIB..sums.start.min((piece % num_pieces + 1) * KIB);
    let sum = |piece: usize| sums.start + piece % num_pieces * 4..sums.start + piece % num_pieces * 4 + 4;
    let one = match place {
        Place::Parts(one, _) => bit_of(&parts[one], first),
        Place::Kib | Place::KibAndSum => bit_of(&kib(piece), first),
        Place::Sum => bit_of(&sum(piece), first),
        Place::BothHeads => bit_of(&(0..parts["head"].len()), first),
        Place::BothFooters => bit_of(&parts["first footer"], first),
        Place::Byte | Place::Blocks => bit_of(&parts["all"], first),
    };
    let other = match place {
        Place::Parts(_, other) => bit_of(&parts[other], second),
        Place::Kib => bit_of(&kib(piece), second),
        Place::KibAndSum | Place::Sum => bit_of(&sum(piece), second),
        Place::Byte => one / 8 * 8 + (second % 8) as usize,
        Place::BothHeads => one + 8 * parts["head"].start,
        Place::BothFooters => one + 8 * parts["first footer"].len(),
        Place::Blocks => (one + 8 * BLOCK) % (8 * length),
    };
    // Never one bit twice, which would be no damage.
    [one, if one == other { other ^ 1 } else { other }]
}

fn flip(bytes: &mut [u8], bits: &[usize]) {
    bits.iter().for_each(|bit| bytes[bit / 8] ^= 1 << (bit % 8));
}

fn view(folder: &MemoryBackend) -> View {
    Store::open(Arc::new(folder.clone())).unwrap().view().unwrap()
}

/// Repairs, and expects that nothing is lost: the damaged file is what it was, to the byte.
fn check_nothing_lost(text_bytes: usize, name: &str, bits: &[usize]) {
    let (files, model) = sound(text_bytes);
    let what = format!("bits {bits:?} of the {} bytes of {name} changed ({text_bytes})", files[name].len());
    let mut damaged = files.clone();
    flip(damaged.get_mut(name).unwrap(), bits);
    let folder = MemoryBackend::with_files(damaged);
    let (report, mended) = repaired(&folder).unwrap_or_else(|error| panic!("{error}: {what}"));
    let num_lost = report.num_lost_documents + report.num_lost_assets + report.num_lost_attachments;
    assert_eq!((num_lost, report.num_damaged_snapshots), (0, 0), "{what}: {mended:?}");
    assert!(report.num_restored > 0, "{what}: {mended:?}");
    let after = folder.files();
    if let Some(bytes) = after.get(name).filter(|_| name != "MANIFEST") {
        assert!(*bytes == files[name], "{what}: another content was made of it, {mended:?}");
    }
    assert!(model.is_of(&view(&folder)), "{what}: {mended:?}");
    check_sound(&folder, &what);
}

/// The files that are covered block by block.
fn covered(files: &Files) -> Vec<&String> {
    files
        .keys()
        .filter(|name| ["segment-", "asset-", "attachment-"].iter().any(|kind| name.starts_with(kind)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn two_wrong_bits_lose_nothing(
        text_bytes in prop::sample::select(TEXTS.to_vec()),
        which in any::<prop::sample::Index>(),
        place in place(),
        first in any::<u64>(),
        second in any::<u64>(),
    ) {
        let (files, _) = sound(text_bytes);
        let name = *which.get(&covered(files));
        check_nothing_lost(text_bytes, name, &bits(&place, files[name].len(), first, second));
    }

    #[test]
    fn two_wrong_bits_of_a_manifest_or_a_snapshot_lose_nothing(
        text_bytes in prop::sample::select(TEXTS.to_vec()),
        name in prop::sample::select(vec!["MANIFEST", "snapshot-kept"]),
        heads in prop::array::uniform2(prop::option::of(0..8 * HEADER)),
        places in prop::array::uniform2(any::<prop::sample::Index>()),
    ) {
        let (files, _) = sound(text_bytes);
        let length = 8 * files[name].len();
        let [first, second] = [0, 1].map(|at| heads[at].unwrap_or_else(|| places[at].index(length)));
        prop_assume!(first != second);
        check_nothing_lost(text_bytes, name, &[first, second]);
    }
}

/// Bits of a KiB of which the first two change its CRC-32 as the last two do.
const ALIKE: [[usize; 4]; 6] = [
    [0, 34, 48, 5869],
    [1, 1928, 2182, 4019],
    [3, 143, 794, 3009],
    [5, 1165, 5077, 6158],
    [6, 4701, 5183, 8181],
    [7, 2637, 6033, 7810],
];

#[test]
fn pairs_that_look_alike_to_one_checksum_are_told_apart() {
    for [first, second, third, fourth] in ALIKE {
        let crc = |bits: &[usize]| {
            let mut piece = [0; KIB];
            flip(&mut piece, bits);
            crc32(&piece)
        };
        assert_eq!(crc(&[first, second]), crc(&[third, fourth]));
        let (files, _) = sound(9000);
        for name in covered(files).into_iter().filter(|name| files[*name].len() > 8 * KIB) {
            for piece in [0, 1, 4, 6] {
                let bits = [first, second, third, fourth].map(|bit| 8 * piece * KIB + bit);
                check_nothing_lost(9000, name, &bits[..2]);
                check_nothing_lost(9000, name, &bits[2..]);
            }
        }
    }
}

/// CRC-32, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn every_pair_of_bits_in_two_bytes_of_each_part_is_put_back() {
    let (files, _) = sound(30);
    for name in covered(files) {
        let parts = parts(files[name].len());
        for (part, place) in parts.iter().filter(|(part, _)| !["all", "content"].contains(part)) {
            let at = place.start + place.len() / 2;
            assert!(at + 1 < files[name].len(), "{part}");
            for first in 8 * at..8 * at + 16 {
                for second in first + 1..8 * at + 16 {
                    check_nothing_lost(30, name, &[first, second]);
                }
            }
        }
    }
}

fn documents(folder: &MemoryBackend) -> BTreeMap<String, Document> {
    read_all(&view(folder)).unwrap()
}

#[test]
fn a_manifest_without_its_second_checksum_is_put_right_where_one_change_fits_its_files() {
    let (files, model) = sound(600);
    let mut early = files.clone();
    let manifest = early.get_mut("MANIFEST").unwrap();
    manifest[40..48].fill(0);
    seal_manifest(manifest);
    let (length, mut num_right) = (8 * manifest.len(), 0);
    for first in (0..length).step_by(length / 40) {
        let second = (first * 31 + 7) % length;
        let mut damaged = early.clone();
        flip(damaged.get_mut("MANIFEST").unwrap(), &[first, second]);
        let folder = MemoryBackend::with_files(damaged);
        match repaired(&folder) {
            Ok((report, _)) => {
                assert_eq!(report.num_lost_documents, 0);
                assert_eq!(documents(&folder), model.documents, "bits {first} and {second}");
                num_right += 1;
            }
            // Two changes may fit.
            Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "{error}"),
        }
    }
    assert!(num_right > 35, "{num_right}");
}
