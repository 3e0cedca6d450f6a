use pleiad_wire::{Kind, Problem};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Beginning of every key, so that one that was lost can be found by programs that look for some.
const PREFIX: &str = "plk_";

/// Digits of the part of a key that names it, and of the part that nobody knows.
const ID_DIGITS: usize = 8;
const SECRET_DIGITS: usize = 43;

/// Digits of a name that is made up: those that cannot be taken for each other.
const NAME_DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A key as its owner has it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret {
    id: String,
    whole: String,
}

impl Secret {
    /// A key that nobody has: 256 random bits behind a name.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no random bytes.
    pub(super) fn new() -> Result<Self, Problem> {
        let (mut id, mut secret) = ([0; ID_DIGITS], [0; 32]);
        fill(&mut id)?;
        fill(&mut secret)?;
        let id: String = id.iter().map(|byte| char::from(NAME_DIGITS[usize::from(byte % 32)])).collect();
        let whole = format!("{PREFIX}{id}_{}", to_base64url(&secret));
        Ok(Self { id, whole })
    }

    /// The key in a text; nothing where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_key =
            id.len() == ID_DIGITS && secret.len() == SECRET_DIGITS && from_base64url(secret).is_some();
        is_key.then(|| Self { id: id.to_owned(), whole: text.to_owned() })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The key itself, which is shown once.
    pub(super) fn reveal(&self) -> &str {
        &self.whole
    }

    /// The hash that is kept. One pass is enough: nobody can guess 256 random bits.
    pub(super) fn hash(&self) -> String {
        hex(digest(&SHA256, self.whole.as_bytes()).as_ref())
    }
}

/// Returns whether two hashes are the same, in a time that does not tell how much of them is.
pub(super) fn is_same_hash(a: &str, b: &str) -> bool {
    let difference = a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    a.len() == b.len() && difference == 0
}

fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    let refused = |_| Problem::new(Kind::Unavailable, "the system gives no random bytes");
    SystemRandom::new().fill(bytes).map_err(refused)
}

/// Some digits that no other run of the program has, in all likelihood.
pub(crate) fn random_name() -> String {
    let mut bytes = [0; ID_DIGITS];
    // A name that others have too is no more than that.
    drop(fill(&mut bytes));
    bytes.iter().map(|byte| char::from(NAME_DIGITS[usize::from(byte % 32)])).collect()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes in base64 for addresses, without padding (RFC 4648, section 5).
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes(bits);
        for digit in 0..=group.len() {
            text.push(char::from(BASE64URL[(number >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

/// The same backwards; nothing for what is none.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        if group.len() == 1 {
            return None;
        }
        let mut number = 0;
        for (at, digit) in group.iter().enumerate() {
            let value = BASE64URL.iter().position(|known| known == digit)?;
            number |= (value as u32) << (18 - 6 * at);
        }
        let of_group = &number.to_be_bytes()[1..];
        bytes.extend_from_slice(&of_group[..group.len() - 1]);
        if of_group[group.len() - 1..].iter().any(|&byte| byte != 0) {
            return None;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_for_addresses_comes_back() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"\xfb\xff", "-_8"),
        ] {
            assert_eq!(to_base64url(bytes), text);
            assert_eq!(from_base64url(text).unwrap(), bytes);
        }
        for wrong in ["Z", "Zg==", "Zh", "Z+8", "Zm8 ", "ä"] {
            assert!(from_base64url(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_read_as_it_is_shown_and_nothing_else_is_one() {
        let (one, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert!(one != other && one.hash() != other.hash());
        let text = one.reveal();
        assert!(text.len() == 4 + 8 + 1 + 43 && Secret::parse(text) == Some(one.clone()), "{text}");
        assert!(is_same_hash(&one.hash(), &Secret::parse(text).unwrap().hash()));
        assert!(!is_same_hash(&one.hash(), &other.hash()) && !is_same_hash(&one.hash(), ""));
        for wrong in [
            "",
            "plk_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}x"),
            &text.replace("plk", "pla"),
        ] {
            assert!(Secret::parse(wrong).is_none(), "{wrong}");
        }
    }
}
