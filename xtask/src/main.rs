//! Project tasks: `cargo xtask` lists them.

mod api;
mod forward;
mod fuzz;
mod gaps;
mod neon;
mod onnx;
mod python;
mod qdrant;
mod s3;
mod step;
mod test;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  test                 everything that must hold before a commit: format, lints, tidy, tests, documentation
  tidy                 the rules of the house alone: lengths, imports, words, links (see CONTRIBUTING.md)
  bench <name> [args]  one benchmark, recorded under benchmarks/
  crash [args]         kill the writer again and again and check what it left (--rounds N)
  crash --peers [args] the same against other engines that are installed (--rounds N, names)
  soak [args]          writers, searches and merges at once, every answer compared (--minutes N)
  fuzz [target] [args] bytes that nobody wrote, for every reader or for one (--seconds N)
  gaps                 docs/gaps.md: recorded cases in which Pleiad loses or ties
  neon                 the kernels' tests on 64-bit Arm, in an emulator
  onnx                 models in ONNX Runtime, whose library is fetched from PyPI
  qdrant               filters beside the local mode of Qdrant's client, from PyPI
  api                  docs/api.md from the server's own description, and that by a validator from PyPI
  python               the Python package: its module, its types and its tests
  python --frameworks [names]  the same beside frameworks from PyPI, in environments of their own
  dist                 wheels of the Python package for Linux on x86-64 and 64-bit Arm
  s3                   backups to an S3 server on this machine (moto, from PyPI)
  deny                 licences, sources and known vulnerabilities of every dependency";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let root = repository_root();
    let (command, rest) = args.split_first().map_or(("help", args), |(first, rest)| (first.as_str(), rest));
    match (command, rest) {
        ("test", []) => test::run(&root),
        ("tidy", []) => tidy::run(&root),
        ("bench", rest) => forward::bench(&root, rest),
        ("crash", rest) => forward::crash(&root, rest),
        ("soak", rest) => forward::soak(&root, rest),
        ("neon", []) => neon::run(&root),
        ("onnx", []) => onnx::run(&root),
        ("qdrant", []) => qdrant::run(&root),
        ("api", []) => api::run(&root),
        ("python", []) => python::run(&root),
        ("python", [how, names @ ..]) if how == "--frameworks" => python::run_beside_frameworks(&root, names),
        ("dist", []) => python::dist(&root),
        ("s3", []) => s3::run(&root),
        ("gaps", []) => gaps::run(&root),
        ("fuzz", rest) => fuzz::run(&root, rest),
        ("deny", []) => forward::deny(&root),
        ("help" | "--help" | "-h", []) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n\n{USAGE}", args.join(" "))),
    }
}

/// The folder above this package.
fn repository_root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_command_is_refused_with_the_list() {
        for args in [&["nonsense"][..], &["tidy", "now"], &["test", "--fast"], &["bench"]] {
            let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
            assert!(run(&args).unwrap_err().contains("cargo xtask"), "{args:?}");
        }
        assert!(run(&[]).is_ok());
    }
}
