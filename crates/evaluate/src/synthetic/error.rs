/// Why no collection can be made up.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntheticError {
    /// A count is outside its range.
    #[error("{parameter} is {value}, outside 1..={max}")]
    Count {
        /// The field of `SyntheticParams`.
        parameter: &'static str,
        /// The value given.
        value: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// A length is not one.
    #[error("{parameter} is {value}: it must be a finite number between 0 and {max}")]
    Length {
        /// The field of `SyntheticParams`.
        parameter: &'static str,
        /// The value given.
        value: f32,
        /// Largest value allowed.
        max: f32,
    },
}
