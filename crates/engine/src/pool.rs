use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Memory that searches use one after the other: as many pieces as were ever used at once.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A piece that goes back when it is no longer used.
pub(crate) struct Pooled<'a, T> {
    pool: &'a Pool<T>,
    /// There until it goes back.
    piece: Option<T>,
}

impl<T: Default> Pool<T> {
    /// A piece that nobody uses: what it holds is left from before.
    pub(crate) fn take(&self) -> Pooled<'_, T> {
        let piece = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Pooled { pool: self, piece: Some(piece.unwrap_or_default()) }
    }
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.piece.as_ref().expect("it goes back when this is dropped")
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.piece.as_mut().expect("it goes back when this is dropped")
    }
}

impl<T> Drop for Pooled<'_, T> {
    fn drop(&mut self) {
        if let Some(piece) = self.piece.take() {
            self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_is_used_again() {
        let pool = Pool::<Vec<u8>>::default();
        let (mut first, second) = (pool.take(), pool.take());
        first.push(7);
        drop(first);
        assert_eq!(*pool.take(), [7]);
        drop(second);
        assert_eq!(pool.0.lock().unwrap().len(), 2);
    }
}
