use pleiad_vectors::Generator;

/// Longest input that mutations make: readers have no special case beyond it.
const MAX_BYTES: usize = 64 << 10;

/// Values at the edges of what integers hold.
const EDGES: [u64; 10] =
    [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 60, u64::MAX >> 1, u64::MAX];

/// Words that mean something to one reader or another.
const WORDS: [&str; 14] = [
    "null",
    "-1",
    "1e39",
    "1e400",
    "18446744073709551615",
    "4294967295",
    "\"\"",
    "[[",
    "]]",
    "{}",
    "\\u0000",
    "0",
    ",",
    "\n",
];

/// An input near one of `seeds`, the same for the same random numbers: one to eight changes.
pub fn mutate(seeds: &[Vec<u8>], random: &mut Generator) -> Vec<u8> {
    let mut bytes = pick(seeds, random).cloned().unwrap_or_default();
    for _ in 0..=random.below(8) {
        change(&mut bytes, seeds, random);
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn pick<'a, T>(from: &'a [T], random: &mut Generator) -> Option<&'a T> {
    from.get(random.below(from.len() as u64) as usize)
}

fn place(bytes: &[u8], random: &mut Generator) -> usize {
    random.below(bytes.len() as u64 + 1) as usize
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Generator) {
    let at = place(bytes, random);
    match random.below(9) {
        0 | 1 => overwrite(bytes, at, &[random.next_u64() as u8]),
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        3 => {
            let edge = pick(&EDGES, random).copied().unwrap_or_default().to_le_bytes();
            let width = 1 << random.below(4);
            overwrite(bytes, at / width * width, &edge[..width]);
        }
        4 => {
            let word = pick(&WORDS, random).copied().unwrap_or_default();
            insert(bytes, at, word.as_bytes());
        }
        5 => bytes.truncate(at),
        6 => {
            let end = bytes.len().min(at + random.below(40) as usize);
            bytes.drain(at..end);
        }
        7 => {
            let end = bytes.len().min(at + random.below(200) as usize);
            let copy = bytes[at..end].to_vec();
            insert(bytes, at, &copy);
        }
        _ => splice(bytes, at, seeds, random),
    }
}

/// The end of another input behind the start of this one.
fn splice(bytes: &mut Vec<u8>, at: usize, seeds: &[Vec<u8>], random: &mut Generator) {
    if let Some(other) = pick(seeds, random) {
        let from = place(other, random);
        bytes.truncate(at);
        bytes.extend_from_slice(&other[from..]);
    }
}

fn overwrite(bytes: &mut [u8], at: usize, new: &[u8]) {
    for (old, &new) in bytes.iter_mut().skip(at).zip(new) {
        *old = new;
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    bytes.splice(at..at, new.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;

    #[test]
    fn mutations_are_reproducible_and_different() {
        let seeds = [b"{\"a\": [1, 2, 3]}".to_vec(), vec![0; 100]];
        let run = |seed| {
            let mut random = Seed(seed).generator();
            (0..200).map(|_| mutate(&seeds, &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        let different: std::collections::BTreeSet<_> = run(1).into_iter().collect();
        assert!(different.len() > 150, "{}", different.len());
        assert_eq!(mutate(&[], &mut Seed(3).generator()).len() / MAX_BYTES, 0);
    }
}
