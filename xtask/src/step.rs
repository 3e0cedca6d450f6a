use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// One child command: a title for people, what to run, and variables set for it alone.
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Step {
    /// `cargo` with the arguments, which are split at spaces.
    pub(crate) fn cargo(title: &'static str, args: &str) -> Self {
        let args = args.split_whitespace().map(String::from).collect();
        Self { title, program: "cargo".into(), args, variables: Vec::new() }
    }

    /// `pip install` of packages into a folder of their own, below the root and ignored by git.
    pub(crate) fn pip(title: &'static str, folder: &str, packages: &[&str]) -> Self {
        let args = ["-m", "pip", "install", "--quiet", "--target", folder]
            .into_iter()
            .chain(packages.iter().copied());
        Self {
            title,
            program: "python3".into(),
            args: args.map(str::to_owned).collect(),
            variables: Vec::new(),
        }
    }

    /// The same with one more variable in its environment.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The same with more arguments, each taken as it is.
    pub(crate) fn and(mut self, args: &[String]) -> Self {
        self.args.extend_from_slice(args);
        self
    }

    /// Runs it in `folder` and gives what it printed.
    ///
    /// # Errors
    /// As [`Step::run`].
    pub(crate) fn output(&self, folder: &Path) -> Result<String, String> {
        println!("==> {}: {self}", self.title);
        let told = Command::new(&self.program)
            .args(&self.args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("{} cannot be started: {error}\n  repeat with: {self}", self.program))?;
        if !told.status.success() {
            return Err(format!("==> {} failed ({})\n  repeat with: {self}", self.title, told.status));
        }
        Ok(String::from_utf8_lossy(&told.stdout).into_owned())
    }

    /// Runs it in `folder` and prints how long it took.
    ///
    /// # Errors
    /// When it cannot be started or fails: the message holds the command to repeat.
    pub(crate) fn run(&self, folder: &Path) -> Result<(), String> {
        println!("==> {}: {self}", self.title);
        let start = Instant::now();
        let status = Command::new(&self.program)
            .args(&self.args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .status()
            .map_err(|error| format!("{} cannot be started: {error}\n  repeat with: {self}", self.program))?;
        if !status.success() {
            return Err(format!("==> {} failed ({status})\n  repeat with: {self}", self.title));
        }
        println!("==> {}: {:.1} s\n", self.title, start.elapsed().as_secs_f64());
        Ok(())
    }
}

/// As one would type it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_prints_as_one_would_type_it() {
        let step = Step::cargo("documentation", "doc --no-deps").with("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            step.and(&["it's".into()]).to_string(),
            r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'it'\''s'"
        );
    }

    #[test]
    fn a_failing_step_says_how_to_repeat_it() {
        let failing = Step { program: "false".into(), ..Step::cargo("nothing", "--at-all") };
        let error = failing.run(Path::new(".")).unwrap_err();
        assert!(error.contains("repeat with: false --at-all"), "{error}");
        let absent = Step { program: "no-such-program".into(), ..Step::cargo("absent", "") };
        assert!(absent.run(Path::new(".")).unwrap_err().contains("cannot be started"));
    }
}
