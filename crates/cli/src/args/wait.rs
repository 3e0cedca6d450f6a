use clap::Args;
use std::time::Duration;

/// Time that a writing command waits for the lock.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WaitArgs {
    /// Seconds to wait for another command that writes to the collection
    #[arg(long, value_name = "SECONDS", default_value_t = 10, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32))]
    wait: u32,
}

impl WaitArgs {
    /// The longest wait for the lock.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.wait.into())
    }
}
