//! The first look at a request, before its key: whether a browser was talked into sending it.

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use pleiad_wire::{Kind, Problem};
use std::net::{IpAddr, Ipv6Addr};

/// Names and origins that requests may come with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Names of this server beside `localhost` and addresses.
    pub(crate) hosts: Vec<String>,
    /// Origins of other pages that may ask.
    pub(crate) origins: Vec<String>,
}

impl Guard {
    /// Refuses a request for another host: a page whose name was rebound to this machine sends its own name. Refuses pages of
    /// other origins.
    ///
    /// # Errors
    /// `Forbidden`, or `InvalidArgument` for headers that are none.
    pub(crate) fn check(&self, authority: Option<&Authority>, headers: &HeaderMap) -> Result<(), Problem> {
        let host = self.host(authority, headers)?;
        match single(headers, &ORIGIN)? {
            None => Ok(()),
            Some(origin) if self.is_own(origin, &host) || self.is_allowed(origin) => Ok(()),
            Some(origin) => Err(Problem::new(
                Kind::Forbidden,
                format!(
                    "pages of {origin:?} may not ask this server: it is started with --origin for those that may"
                ),
            )),
        }
    }

    /// Returns whether answers may be read by pages of an origin.
    pub(crate) fn is_allowed(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }

    fn host(&self, authority: Option<&Authority>, headers: &HeaderMap) -> Result<String, Problem> {
        let header = single(headers, &HOST)?;
        let named = header.into_iter().chain(authority.map(Authority::as_str));
        let mut host = None;
        for named in named {
            let Some(name) = name_of(named) else {
                return Err(Problem::new(Kind::InvalidArgument, format!("the host {named:?} is none")));
            };
            if !self.is_host(name) {
                return Err(Problem::new(
                    Kind::Forbidden,
                    format!("this server is not {name:?}: it is started with --host for names that it has"),
                ));
            }
            host.get_or_insert_with(|| named.to_ascii_lowercase());
        }
        host.ok_or_else(|| Problem::new(Kind::InvalidArgument, "the request names no host"))
    }

    fn is_host(&self, name: &str) -> bool {
        let is_address = name.parse::<IpAddr>().is_ok()
            || name
                .strip_prefix('[')
                .and_then(|v6| v6.strip_suffix(']'))
                .is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok());
        is_address
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }

    fn is_own(&self, origin: &str, host: &str) -> bool {
        ["http://", "https://"]
            .iter()
            .filter_map(|scheme| origin.strip_prefix(scheme))
            .any(|of_origin| of_origin.eq_ignore_ascii_case(host))
    }
}

/// The value of a header that may stand once.
fn single<'h>(headers: &'h HeaderMap, name: &hyper::header::HeaderName) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(Problem::new(Kind::InvalidArgument, format!("there is more than one {name}")));
    }
    let text = |value: &'h HeaderValue| {
        value.to_str().map_err(|_| Problem::new(Kind::InvalidArgument, format!("{name} is no text")))
    };
    first.map(text).transpose()
}

/// The name or address of `name:port`.
fn name_of(authority: &str) -> Option<&str> {
    let (name, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |port: &str| port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    (!name.is_empty() && (port.is_empty() || is_port(port))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)]) -> Result<(), Kind> {
        let guard = Guard {
            hosts: vec!["search.example".to_owned()],
            origins: vec!["https://page.example".to_owned()],
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        guard.check(None, &headers).map_err(|problem| problem.kind)
    }

    #[test]
    fn requests_name_a_host_that_this_server_is() {
        for host in [
            "localhost",
            "LOCALHOST:7700",
            "127.0.0.1:7700",
            "10.0.0.1",
            "[::1]:7700",
            "[::1]",
            "search.example:80",
        ] {
            assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost", "[evil]:1"]
        {
            assert_eq!(check(&[("host", host)]), Err(Kind::Forbidden), "{host}");
        }
        for host in ["", ":80", "localhost:x", "localhost:", "localhost:99999"] {
            assert_eq!(check(&[("host", host)]), Err(Kind::InvalidArgument), "{host}");
        }
        assert_eq!(check(&[]), Err(Kind::InvalidArgument));
        assert_eq!(check(&[("host", "localhost"), ("host", "localhost")]), Err(Kind::InvalidArgument));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("host", "localhost:7700");
        for origin in ["http://localhost:7700", "https://page.example"] {
            assert_eq!(check(&[host, ("origin", origin)]), Ok(()), "{origin}");
        }
        for origin in [
            "null",
            "http://localhost",
            "http://localhost:7701",
            "http://page.example",
            "https://evil.example",
        ] {
            assert_eq!(check(&[host, ("origin", origin)]), Err(Kind::Forbidden), "{origin}");
        }
    }
}
