mod config;

use crate::args::{LogName, ServeArgs};
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::{self, stderr_line};
use pleiad_server::{Limits, Log, LogForm, Options, Server};
use std::io::Write;

pub(crate) fn run(typed: &ServeArgs) -> Result<()> {
    let settings = config::Settings::read(typed)?;
    if typed.print_config {
        return Ok(write!(output::stdout(), "{}", settings.printed())?);
    }
    let args = settings.args();
    let is_single = args.data.join("MANIFEST").is_file();
    let keys = args.keys.clone().or_else(|| (!is_single).then(|| args.data.join("keys.json")));
    let log = match args.log {
        LogName::None => None,
        LogName::Text => Some(LogForm::Text),
        LogName::Json => Some(LogForm::Json),
    };
    let options = Options {
        listen: args.listen,
        hosts: args.host.clone(),
        origins: args.origin.clone(),
        keys,
        is_open: args.without_keys,
        is_read_only: args.read_only,
        grace: args.grace,
        limits: limits(args),
        models: environment::model_places(),
        log: log.map(|form| Log { form, sink: Box::new(stderr_line) }),
        ..Options::new(&args.data)
    };
    let server = Server::start(options)?;
    tell(&server, args);
    server.wait_for_signal().map_err(|error| Failure::io("cannot listen for signals", &error))?;
    let hurried = server.next_signal();
    stderr_line("ends: requests come to their end first; once more ends it at once");
    if !server.stop(hurried) {
        stderr_line("ended before some requests were: what was acknowledged is stored");
    }
    Ok(())
}

fn limits(args: &ServeArgs) -> Limits {
    let default = Limits::default();
    Limits {
        max_body_bytes: args.max_body,
        max_waiting_bytes: args.max_writes,
        num_readers: args.readers.unwrap_or(default.num_readers),
        max_waiting: args.max_waiting,
        max_connections: args.max_connections,
        default_time: args.timeout,
        max_time: args.max_timeout,
        max_open: args.max_open,
        ..default
    }
}

/// Says where the server is, and who may ask it.
fn tell(server: &Server, args: &ServeArgs) {
    let address = server.address();
    let who = match (server.asks_for_keys(), address.ip().is_loopback()) {
        (true, _) => "with a key",
        (false, true) => "open to everybody on this machine",
        (false, false) => "OPEN TO EVERYBODY who reaches this address",
    };
    stderr_line(&format!("serves {} at http://{address}, {who}", args.data.display()));
    if server.asks_for_keys() && !address.ip().is_loopback() {
        stderr_line("keys and texts travel as they are: put a proxy with TLS in front");
    }
}
