use super::WaitArgs;
use clap::Args;
use pleiad::BuildParams;

/// Memory that writing may take, and the time that it waits for the lock.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct MemoryArgs {
    /// Memory that writing is to keep within, such as 512MiB or 4GiB; what does not fit is on the disk
    ///
    /// 64MiB or more. Less memory means more and smaller segments, and searches that cost a little
    /// more. Beside it come the model, if there is one, and pages of mapped files, which the system
    /// takes back when it needs them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", hide_default_value = true, value_parser = size)]
    pub(crate) memory: u64,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl MemoryArgs {
    /// With everything else as by default.
    pub(crate) fn params(self) -> BuildParams {
        BuildParams { lock_wait: self.wait.duration(), ..self.params_without_wait() }
    }

    /// The same for a writer that is refused at once while another holds the lock.
    pub(crate) fn params_without_wait(self) -> BuildParams {
        BuildParams { memory_bytes: self.memory, ..BuildParams::default() }
    }
}

fn size(given: &str) -> Result<u64, String> {
    let found =
        parse_size::parse_size(given).map_err(|error| format!("{error}: give a size such as 512MiB"))?;
    if found < BuildParams::MIN_MEMORY_BYTES {
        return Err("64MiB is the least that writing needs".into());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_a_least_one() {
        assert_eq!(size("1GiB"), Ok(BuildParams::default().memory_bytes));
        assert_eq!(
            (size("64MiB"), size("100 MB"), size("67108864")),
            (Ok(64 << 20), Ok(100_000_000), Ok(64 << 20))
        );
        for given in ["", "63MiB", "-1", "1 parsec", "lots", "99999999999999999999"] {
            assert!(size(given).unwrap_err().contains("MiB"), "{given}");
        }
    }
}
