use crate::places::local;
use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const SERVE_EXAMPLES: &str = "\
Examples:
  pleiad serve notes                           one collection, for this machine alone
  pleiad serve ~/collections                   every collection of a folder
  pleiad key create ~/collections --role admin
  pleiad serve ~/collections --listen 0.0.0.0:7700 --host search.example.com
  pleiad serve ~/collections --config pleiad.conf --print-config

What is said by a flag counts for more than what the environment says, and that for more than the file of --config.";

const LIMITS: &str = "Limits";

/// A server and its settings.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct ServeArgs {
    /// A collection, or a folder of some.
    #[arg(value_parser = local(), value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// Address that it listens at.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "PLEIAD_LISTEN",
        hide_env = true,
        default_value = "127.0.0.1:7700"
    )]
    pub(crate) listen: SocketAddr,

    /// A name of this server, beside localhost and addresses: requests for others are refused.
    #[arg(long, value_name = "NAME", env = "PLEIAD_HOST", hide_env = true, value_delimiter = ',')]
    pub(crate) host: Vec<String>,

    /// An origin, such as https://app.example.com, whose pages may ask.
    #[arg(long, value_name = "ORIGIN", env = "PLEIAD_ORIGIN", hide_env = true, value_delimiter = ',')]
    pub(crate) origin: Vec<String>,

    /// File of its keys; none are asked for while there is none [default: keys.json in a folder of collections].
    #[arg(value_parser = local(), long, value_name = "FILE", env = "PLEIAD_KEYS", hide_env = true)]
    pub(crate) keys: Option<PathBuf>,

    /// Let everybody read and write who reaches an address that is not this machine's alone.
    #[arg(long, env = "PLEIAD_WITHOUT_KEYS", hide_env = true)]
    pub(crate) without_keys: bool,

    /// Write nothing.
    #[arg(long, env = "PLEIAD_READ_ONLY", hide_env = true)]
    pub(crate) read_only: bool,

    /// Form of the log on standard error.
    #[arg(long, value_name = "FORM", env = "PLEIAD_LOG", hide_env = true, default_value = "text")]
    pub(crate) log: LogName,

    /// Seconds that requests have to come to their end once the server does.
    #[arg(long, value_name = "SECONDS", env = "PLEIAD_GRACE", hide_env = true, default_value = "30", value_parser = seconds)]
    pub(crate) grace: Duration,

    /// Largest body, and largest line of a stream.
    #[arg(long, value_name = "SIZE", env = "PLEIAD_MAX_BODY", hide_env = true, default_value = "64MiB", value_parser = size, help_heading = LIMITS)]
    pub(crate) max_body: u64,

    /// Bytes of all writes that are under way.
    #[arg(long, value_name = "SIZE", env = "PLEIAD_MAX_WRITES", hide_env = true, default_value = "256MiB", value_parser = size, help_heading = LIMITS)]
    pub(crate) max_writes: u64,

    /// Reads worked on at once [default: one for each core].
    #[arg(long, value_name = "N", env = "PLEIAD_READERS", hide_env = true, help_heading = LIMITS)]
    pub(crate) readers: Option<usize>,

    /// Requests that wait for a thread; more are told to come again.
    #[arg(long, value_name = "N", env = "PLEIAD_MAX_WAITING", hide_env = true, default_value = "256", help_heading = LIMITS)]
    pub(crate) max_waiting: usize,

    /// Connections.
    #[arg(long, value_name = "N", env = "PLEIAD_MAX_CONNECTIONS", hide_env = true, default_value = "4096", help_heading = LIMITS)]
    pub(crate) max_connections: usize,

    /// Seconds of a read that asks for no time of its own.
    #[arg(long, value_name = "SECONDS", env = "PLEIAD_TIMEOUT", hide_env = true, default_value = "10", value_parser = seconds, help_heading = LIMITS)]
    pub(crate) timeout: Duration,

    /// Seconds that a read may ask for.
    #[arg(long, value_name = "SECONDS", env = "PLEIAD_MAX_TIMEOUT", hide_env = true, default_value = "60", value_parser = seconds, help_heading = LIMITS)]
    pub(crate) max_timeout: Duration,

    /// Collections kept open.
    #[arg(long, value_name = "N", env = "PLEIAD_MAX_OPEN", hide_env = true, default_value = "256", help_heading = LIMITS)]
    pub(crate) max_open: usize,

    /// File of settings: a line `name = value` for each flag.
    #[arg(value_parser = local(), long, value_name = "FILE", env = "PLEIAD_CONFIG", hide_env = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print the settings as such a file, each with where it comes from, and do nothing else.
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// Forms of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogName {
    /// A line for people.
    Text,
    /// A JSON object on a line.
    Json,
    /// None.
    None,
}

fn seconds(typed: &str) -> Result<Duration, String> {
    let wrong = || format!("{typed:?} is no number of seconds");
    typed.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(wrong)
}

fn size(typed: &str) -> Result<u64, String> {
    parse_size::parse_size(typed).map_err(|error| error.to_string())
}

const KEY_EXAMPLES: &str = "\
Examples:
  pleiad key create ~/collections --role read --collection 'notes*' --expires 90d
  pleiad key create ~/collections --role write --tenant acme
  pleiad key list ~/collections
  pleiad key revoke ~/collections k3m9x2ab

A server that is up takes over what changes within a second.";

/// Keys for a server.
#[derive(Debug, Args)]
#[command(after_help = KEY_EXAMPLES)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

/// Actions on keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Makes a key and prints it, once.
    #[command(after_help = KEY_EXAMPLES)]
    Create(NewKeyArgs),
    /// Lists keys by their ids: the keys themselves are nowhere.
    #[command(after_help = KEY_EXAMPLES)]
    List(KeyFileArgs),
    /// Takes a key back.
    #[command(after_help = KEY_EXAMPLES)]
    Revoke {
        #[command(flatten)]
        file: KeyFileArgs,
        /// Its id, the part behind plk_.
        id: String,
    },
}

/// Place of the keys.
#[derive(Debug, Args)]
pub(crate) struct KeyFileArgs {
    /// The folder of collections that is served.
    #[arg(value_parser = local(), value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// File of the keys [default: keys.json in the folder].
    #[arg(value_parser = local(), long, value_name = "FILE", env = "PLEIAD_KEYS", hide_env = true)]
    pub(crate) keys: Option<PathBuf>,
}

/// Rights of a new key.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    #[command(flatten)]
    pub(crate) file: KeyFileArgs,

    /// Rights: `read`, `write` documents too, or `admin`, make and remove collections too.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,

    /// A collection that it is for, or the beginning of the names of some before a `*` [default: all].
    #[arg(long, value_name = "NAME")]
    pub(crate) collection: Vec<String>,

    /// A tenant that it is for [default: all].
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Vec<String>,

    /// A condition that every document has to pass, read or written.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,

    /// Time until it ends, such as 90d, 12h or 30m.
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) expires: Option<u64>,

    /// Requests a second.
    #[arg(long, value_name = "N")]
    pub(crate) per_second: Option<u32>,

    /// A word for whoever reads the list.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// Seconds of `90d`, `12h`, `30m` or `45s`.
fn span(typed: &str) -> Result<u64, String> {
    let wrong = || format!("{typed:?} is no time: write 90d, 12h, 30m or 45s");
    let unit = match typed.chars().last() {
        Some('d') => 86_400,
        Some('h') => 3600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(wrong()),
    };
    let number: u64 = typed[..typed.len() - 1].parse().map_err(|_| wrong())?;
    number.checked_mul(unit).ok_or_else(wrong)
}
