//! Inputs that claim, or unpack to, far more than they are: a reader's heap stays within a few pieces of a file.
//!
//! One test alone: it measures the memory of the whole process.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use peak_alloc::PeakAlloc;
use pleiad_encode::import::VectorFile;
use pleiad_evaluate::JsonLines;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Documents of each input that are read: enough for what is held to grow with them.
const NUM_READ: usize = 100_000;

/// Most that any reader may hold: pieces of a file, the state of a decompressor, one record.
const MAX_BYTES: usize = 2 << 20;

/// The heap that a reader took at most.
fn taken(read: impl FnOnce()) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    read();
    HEAP.peak_usage().saturating_sub(before)
}

fn header(descr: &str, shape: &str, is_fortran: bool) -> Vec<u8> {
    let order = if is_fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\0", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat()
}

/// An entry of an archive: its name, an array's header, and so many zeros behind it.
struct Entry<'a> {
    name: &'a str,
    header: Vec<u8>,
    num_zeros: usize,
}

/// Writes an archive of deflated entries, as `numpy.savez_compressed` does, without holding what it unpacks to.
fn write_npz(path: &Path, entries: &[Entry<'_>]) {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for Entry { name, header, num_zeros } in entries {
        let mut checksum = flate2::Crc::new();
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        let (zeros, mut left) = (vec![0; 1 << 16], *num_zeros);
        packed.write_all(header).unwrap();
        checksum.update(header);
        while left > 0 {
            let now = left.min(zeros.len());
            packed.write_all(&zeros[..now]).unwrap();
            checksum.update(&zeros[..now]);
            left -= now;
        }
        let packed = packed.finish().unwrap();
        let sizes = [checksum.sum(), packed.len() as u32, (header.len() + num_zeros) as u32];
        let fields = [&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..], &sizes.map(u32::to_le_bytes).concat()].concat();
        let length = (name.len() as u16).to_le_bytes();
        let offset = (bytes.len() as u32).to_le_bytes();
        bytes.extend([b"PK\x03\x04", &fields[..], &length, &[0, 0], name.as_bytes(), &packed].concat());
        directory.extend(
            [b"PK\x01\x02", &[20, 0][..], &fields, &length, &[0; 12], &offset, name.as_bytes()].concat(),
        );
    }
    let (num, place) = ((entries.len() as u16).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    let length = (directory.len() as u32).to_le_bytes();
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &num, &num, &length, &place, &[0, 0]].concat());
    fs::write(path, bytes).unwrap();
}

/// A file with this beginning and a hole behind it: it takes no space on the disk.
fn write_hole(path: &Path, beginning: &[u8], num_bytes: u64) {
    let mut file = File::create(path).unwrap();
    file.write_all(beginning).unwrap();
    file.set_len(beginning.len() as u64 + num_bytes).unwrap();
}

fn read_vectors(path: &Path) {
    let file = VectorFile::open(path).unwrap();
    let num_read = file.documents().unwrap().take(NUM_READ).filter(Result::is_ok).count();
    assert_eq!(num_read, NUM_READ.min(file.num_documents()));
}

fn read_json(name: &str, source: impl Read + Send + 'static) {
    let records = JsonLines::<Map<String, Value>>::from_reader(name, source).unwrap();
    assert_eq!(records.take(NUM_READ).filter(Result::is_ok).count(), NUM_READ);
}

#[test]
fn what_an_input_claims_is_not_held() {
    const MANY: usize = 4_000_000;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let many = || {
        vec![
            Entry { name: "vectors.npy", header: header("<f4", "(0, 4)", false), num_zeros: 0 },
            Entry {
                name: "offsets.npy",
                header: header("<i8", &format!("({},)", MANY + 1), false),
                num_zeros: 8 * (MANY + 1),
            },
        ]
    };
    write_npz(&at("offsets.npz"), &many());
    let mut lengths = many();
    (lengths[1].name, lengths[1].header) = ("lengths.npy", header("<u8", &format!("({},)", MANY + 1), false));
    write_npz(&at("lengths.npz"), &lengths);
    let zeros = Entry {
        name: "vectors.npy",
        header: header("<f8", &format!("({MANY}, 1)"), false),
        num_zeros: 8 * MANY,
    };
    write_npz(&at("zeros.npz"), &[zeros]);
    write_hole(&at("numbered.npy"), &header("<f4", &format!("({MANY}, 1)"), false), 4 * MANY as u64);
    write_hole(&at("tokens.npy"), &header("<f2", &format!("({}, 4, 2)", MANY / 4), false), 4 * MANY as u64);
    for name in ["offsets.npz", "lengths.npz", "zeros.npz", "numbered.npy", "tokens.npy"] {
        let num_bytes = taken(|| read_vectors(&at(name)));
        assert!(num_bytes <= MAX_BYTES, "{name} takes {num_bytes} bytes");
    }
    // The other order needs the array, once; a larger one is refused before.
    write_hole(&at("fortran.npy"), &header("<f4", "(1000, 1000)", true), 4_000_000);
    let num_bytes = taken(|| read_vectors(&at("fortran.npy")));
    assert!(num_bytes <= MAX_BYTES + 4_000_000, "fortran.npy takes {num_bytes} bytes");
    write_hole(&at("fortran.npy"), &header("<f4", "(1000000, 1000)", true), 4_000_000_000);
    assert!(VectorFile::open(at("fortran.npy")).unwrap_err().to_string().contains("numpy.ascontiguousarray"));

    let objects = || Cycle::new(b"{\"_id\": \"a\", \"text\": \"words\"}, ");
    let num_bytes = taken(|| read_json("array", (&b"["[..]).chain(objects())));
    assert!(num_bytes <= MAX_BYTES, "an array takes {num_bytes} bytes");
    let lines = Cycle::new(b"{\"_id\": \"a\", \"text\": \"words\"}\n");
    let num_bytes = taken(|| read_json("lines", lines));
    assert!(num_bytes <= MAX_BYTES, "lines take {num_bytes} bytes");
}

/// Some bytes again and again.
struct Cycle {
    bytes: &'static [u8],
    at: usize,
}

impl Cycle {
    fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Read for Cycle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.bytes[self.at];
            self.at = (self.at + 1) % self.bytes.len();
        }
        Ok(buffer.len())
    }
}
