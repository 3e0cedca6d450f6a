use std::sync::{Mutex, PoisonError};

type Wake = Box<dyn Fn() + Send + Sync>;

/// Wakes the background work of a writer when a search finds that a calibration is due.
#[derive(Default)]
pub(crate) struct Alarm(Mutex<Option<Wake>>);

impl Alarm {
    /// From now on this is called, in place of what was called before.
    pub(super) fn set(&self, wake: impl Fn() + Send + Sync + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(wake));
    }

    /// Wakes whoever is to be woken, if there is anybody. Cost: it does not wait for the work.
    pub(crate) fn ring(&self) {
        if let Some(wake) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            wake();
        }
    }
}
