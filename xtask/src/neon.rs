//! The kernels on 64-bit Arm: in an emulator where this machine is no such one.

use crate::step::Step;
use std::path::Path;
use std::process::{Command, Stdio};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";
/// The emulator, and where it finds the loader and the C library of the target.
const RUNNER: &str = "qemu-aarch64 -L /usr/aarch64-linux-gnu";

/// Checks that the whole workspace compiles for the target, and runs the suite of the kernels there.
///
/// # Errors
/// When something is missing that this takes: nothing was run then, and the message says what and how to get it. Or when
/// a step fails.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    if cfg!(target_arch = "aarch64") {
        return Step::cargo("kernels", "test -p pleiad-kernels").run(root);
    }
    let found = [has_library(root), answers(LINKER), answers(EMULATOR)];
    if found.contains(&false) {
        return Err(not_run(found));
    }
    on_target("workspace for Arm", "check --workspace --all-targets").run(root)?;
    on_target("kernels on Arm", "test -p pleiad-kernels --lib --tests").run(root)
}

fn on_target(title: &'static str, args: &str) -> Step {
    Step::cargo(title, &format!("{args} --target {TARGET}"))
        .with("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
        .with("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", RUNNER)
}

/// Returns whether the compiler that cargo takes has a standard library for the target.
fn has_library(root: &Path) -> bool {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let asked = Command::new(compiler)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output();
    asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

fn answers(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Names the missing ones of library, linker and emulator, and how to get them.
fn not_run(found: [bool; 3]) -> String {
    let ways = [
        format!(
            "the standard library for {TARGET}: rustup target add {TARGET}\n    (or RUSTC=path names a compiler that \
             has it, 1.95 or later)"
        ),
        format!("the linker {LINKER}: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
        format!("the emulator {EMULATOR}: apt-get install qemu-user"),
    ];
    let missing = ways.iter().zip(found).filter(|(_, found)| !found).map(|(way, _)| format!("\n  {way}"));
    format!("NOT RUN: the kernels were not tested on NEON. Missing:{}", missing.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let message = not_run([true, false, true]);
        assert!(message.contains("NOT RUN") && message.contains("apt-get install gcc-aarch64-linux-gnu"));
        assert!(!message.contains("rustup") && !message.contains("qemu"), "{message}");
        assert!(not_run([false, true, true]).contains("rustup target add aarch64-unknown-linux-gnu"));
        assert!(!answers("no-such-program"));
    }

    #[test]
    fn steps_name_the_emulator() {
        let step = on_target("kernels", "test -p pleiad-kernels").to_string();
        assert!(step.contains(&format!("RUNNER='{EMULATOR} -L")) && step.ends_with(TARGET), "{step}");
    }
}
