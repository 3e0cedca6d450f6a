use super::Token;
use std::time::Duration;
use ureq::http::Response;
use ureq::http::header::{AUTHORIZATION, LOCATION};
use ureq::{Agent, Body};

/// Redirects that one question may meet.
const MAX_REDIRECTS: usize = 5;

/// Asks the hub. Redirects are followed here, so that a token goes to the hub alone: files often lie elsewhere.
pub(super) struct Requests {
    agent: Agent,
    endpoint: String,
    token: Option<Token>,
}

impl Requests {
    /// `patience` is for a connection, and for the beginning of an answer.
    pub(super) fn new(endpoint: &str, token: Option<Token>, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("pleiad/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().into(), endpoint: endpoint.to_owned(), token }
    }

    /// Returns whether requests carry a token.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Requests an address, from byte `begin` on if it can do that.
    ///
    /// # Errors
    /// When it cannot be reached, or leads from one place to the next without end.
    pub(super) fn get(&self, url: &str, begin: u64) -> Result<Response<Body>, String> {
        let mut url = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(&url);
            if begin > 0 {
                request = request.header("Range", format!("bytes={begin}-"));
            }
            if let Some(token) = self.token.as_ref().filter(|_| is_at(&self.endpoint, &url)) {
                request = request.header(AUTHORIZATION, token.authorization());
            }
            let answer = request.call().map_err(|error| error.to_string())?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            url = location
                .and_then(|location| next(&url, location))
                .ok_or_else(|| format!("{} leads nowhere", answer.status()))?;
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let length = url[host..].find(['/', '?', '#']).unwrap_or(url.len() - host);
    Some(&url[..host + length])
}

/// Returns whether an address is one of the hub's own: the same scheme, host and port.
fn is_at(endpoint: &str, url: &str) -> bool {
    origin(endpoint).zip(origin(url)).is_some_and(|(own, other)| own.eq_ignore_ascii_case(other))
}

/// Returns the target of a redirect.
fn next(url: &str, location: &str) -> Option<String> {
    if location.starts_with("http://") || location.starts_with("https://") {
        return Some(location.to_owned());
    }
    let origin = origin(url)?;
    if location.starts_with("//") {
        let scheme = &origin[..origin.find("//")?];
        return Some(format!("{scheme}{location}"));
    }
    location.starts_with('/').then(|| format!("{origin}{location}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hub_is_the_hub() {
        let hub = "https://hub.example/models";
        for own in ["https://hub.example", "https://hub.example/a?b", "HTTPS://Hub.Example/x"] {
            assert!(is_at(hub, own), "{own}");
        }
        for other in [
            "http://hub.example/a",
            "https://hub.example:444/a",
            "https://cdn.hub.example/a",
            "https://hub.example.org/a",
            "https://hub.example@other.example/a",
            "https://other.example/https://hub.example/",
            "hub.example/a",
        ] {
            assert!(!is_at(hub, other), "{other}");
        }
    }

    #[test]
    fn a_redirect_leads_on_from_where_it_stands() {
        let from = "https://hub.example/a/b?c";
        assert_eq!(next(from, "/d").as_deref(), Some("https://hub.example/d"));
        assert_eq!(next(from, "//cdn.example/d").as_deref(), Some("https://cdn.example/d"));
        assert_eq!(next(from, "http://other.example/").as_deref(), Some("http://other.example/"));
        assert_eq!(next(from, "file:///etc/passwd"), None);
        assert_eq!(next(from, "d"), None);
    }
}
