//! Project tasks: `cargo xtask` lists them.

mod forward;
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
  deny                 licences, sources and known vulnerabilities of every dependency";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let root = repository_root();
    let outcome = match args.split_first() {
        None => {
            println!("{USAGE}");
            Ok(())
        }
        Some((command, rest)) => match (command.as_str(), rest) {
            ("test", []) => test::run(&root),
            ("tidy", []) => tidy::run(&root),
            ("bench", rest) => forward::bench(&root, rest),
            ("crash", rest) => forward::crash(&root, rest),
            ("deny", []) => forward::deny(&root),
            ("help" | "--help" | "-h", []) => {
                println!("{USAGE}");
                Ok(())
            }
            _ => Err(format!("no such command: {}\n\n{USAGE}", args.join(" "))),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder above this package.
fn repository_root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}
