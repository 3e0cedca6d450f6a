use std::cmp::Ordering;

/// A finite number in the exact order of numbers: no integer is rounded.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    /// The number without its fraction, or the end of 64 bits that it lies beyond.
    pub(super) whole: i64,
    /// The fraction, or the number itself where it lies beyond 64 bits.
    pub(super) rest: f64,
}

/// 2^63, the first number beyond 64 bits with a sign.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// A whole number.
    pub fn of_integer(whole: i64) -> Self {
        Self { whole, rest: 0.0 }
    }

    /// A number with a fraction, or a large one; nothing where it is not finite.
    pub fn of_float(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value >= BEYOND {
            return Some(Self { whole: i64::MAX, rest: value });
        }
        if value < -BEYOND {
            return Some(Self { whole: i64::MIN, rest: value });
        }
        let whole = value.trunc();
        // Zero has one form.
        Some(Self { whole: whole as i64, rest: value - whole + 0.0 })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.whole.cmp(&other.whole).then(self.rest.total_cmp(&other.rest))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.whole, self.rest.to_bits()).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_in_order_across_kinds() {
        let float = |value: f64| Number::of_float(value).unwrap();
        let ascending = [
            float(f64::MIN),
            float(-2.0 * BEYOND),
            Number::of_integer(i64::MIN),
            float(-1.5),
            float(-1.0),
            float(-f64::MIN_POSITIVE),
            float(-0.0),
            float(f64::MIN_POSITIVE),
            float(0.5),
            Number::of_integer(1 << 53),
            Number::of_integer((1 << 53) + 1),
            Number::of_integer(i64::MAX),
            float(BEYOND),
            float(f64::MAX),
        ];
        assert!(ascending.windows(2).all(|pair| pair[0] < pair[1]), "{ascending:?}");
        assert_eq!(float(-0.0), Number::of_integer(0));
        assert_eq!(float(9.1e18), Number::of_integer(9_100_000_000_000_000_000));
        assert_eq!(float(-BEYOND), Number::of_integer(i64::MIN));
        assert!(Number::of_float(f64::NAN).is_none() && Number::of_float(f64::INFINITY).is_none());
    }

    proptest! {
        #[test]
        fn floats_keep_their_order(a in any::<f64>(), b in any::<f64>()) {
            if let (Some(x), Some(y)) = (Number::of_float(a), Number::of_float(b)) {
                prop_assert_eq!(x.cmp(&y), a.partial_cmp(&b).unwrap(), "{} {}", a, b);
            }
        }
    }
}
