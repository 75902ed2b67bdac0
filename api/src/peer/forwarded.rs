//! What proxies say of a request's way: `X-Forwarded-For` and `Forwarded` (RFC 7239), believed from the right for as long as a proxy of
//! ours speaks. What stands further left was written by whoever sent the request.

use super::{Origin, TrustedProxies};
use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from whose connection comes from `connected`.
pub(super) fn client(connected: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> Origin {
    let connected = Origin::sure(connected.to_canonical());
    if !proxies.trusts(connected.address) {
        return connected;
    }
    let one = walk(connected, headers, &X_FORWARDED_FOR, address, proxies);
    let other = walk(connected, headers, &header::FORWARDED, address_of_element, proxies);
    match (one, other) {
        (Some(one), Some(other)) if one != other => {
            // One of them is the client's own, which a proxy that knows the other alone lets pass: nobody can say which.
            Origin { is_sure: false, ..connected }
        }
        (one, other) => one.or(other).unwrap_or(connected),
    }
}

/// From the right to the first hop that is no proxy of ours, or whose word cannot be read; `None`: nothing is said.
fn walk(
    connected: Origin,
    headers: &HeaderMap,
    name: &HeaderName,
    read: fn(&str) -> Option<IpAddr>,
    proxies: &TrustedProxies,
) -> Option<Origin> {
    // Whatever bytes a client begins a line with, what a proxy writes behind them stays readable.
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    if lines.is_empty() {
        return None;
    }
    let mut nearest = connected;
    // No address holds a comma, so that a quotation mark of a client's can hide nothing that follows it.
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = read(trimmed(hop)) else {
            // Somebody stands beyond the proxy, and it is not said who.
            nearest.is_sure = false;
            break;
        };
        nearest = Origin::sure(address);
        if !proxies.trusts(address) {
            break;
        }
    }
    Some(nearest)
}

/// Without the blanks that a header may have around a value; no other blank is part of one.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    let address = address.ok().or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address| address.to_canonical())
}

/// `for=192.0.2.60;proto=http;by=203.0.113.43`, the value perhaps in quotation marks.
fn address_of_element(element: &str) -> Option<IpAddr> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        trimmed(name).eq_ignore_ascii_case("for").then(|| trimmed(value))
    })?;
    address(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    /// Behind proxies in 10.0.0.0/8, on this machine and in `2001:db8:ffff::/48`.
    fn says(connected: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"]).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let Origin { address, is_sure } = client(connected.parse().unwrap(), &headers, &proxies);
        format!("{address}{}", if is_sure { "" } else { ", perhaps" })
    }

    #[test]
    fn only_proxies_of_ours_are_believed_and_each_only_of_whom_it_heard_from() {
        let forwarded = |connected, value| says(connected, &[("x-forwarded-for", value)]);
        assert_eq!(forwarded("203.0.113.9", "198.51.100.1"), "203.0.113.9", "no proxy of ours");
        assert_eq!(forwarded("10.0.0.1", "6.6.6.6, 198.51.100.1"), "198.51.100.1");
        assert_eq!(forwarded("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2"), "198.51.100.1", "over two of ours");
        assert_eq!(forwarded("10.0.0.1", "6.6.6.6, 198.51.100.1, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(forwarded("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3", "from within");
        assert_eq!(forwarded("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2"), "10.0.0.2, perhaps");
        assert_eq!(forwarded("10.0.0.1", ""), "10.0.0.1, perhaps");
        assert_eq!(says("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(says("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        let two = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1, 10.0.0.2")];
        assert_eq!(says("10.0.0.1", &two), "198.51.100.1", "lines are one list");
    }

    #[test]
    fn whatever_a_stranger_writes_before_the_word_of_a_proxy_makes_nobody_the_proxy() {
        for begun in ["é", "\u{1f600}, 10.0.0.1", "\"", ",,", "10.0.0.1\u{a0}", "for=é"] {
            assert_eq!(says("10.0.0.1", &[("x-forwarded-for", &format!("{begun}, 198.51.100.1"))]), "198.51.100.1");
            assert_eq!(says("10.0.0.1", &[("forwarded", &format!("{begun}, for=198.51.100.1"))]), "198.51.100.1");
            let lines = [("x-forwarded-for", begun), ("x-forwarded-for", "198.51.100.1")];
            assert_eq!(says("10.0.0.1", &lines), "198.51.100.1", "{begun}");
            assert_eq!(says("10.0.0.1", &[("x-forwarded-for", begun)]), "10.0.0.1, perhaps", "{begun}");
        }
    }

    #[test]
    fn addresses_are_read_with_ports_and_brackets() {
        for (value, expected) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("unknown", "127.0.0.1, perhaps"),
            ("198.51.100.1:99999", "127.0.0.1, perhaps"),
        ] {
            assert_eq!(says("127.0.0.1", &[("x-forwarded-for", value)]), expected, "{value}");
        }
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (value, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("proto=https ; for = \"198.51.100.1:443\"", "198.51.100.1"),
            ("for=6.6.6.6, for=198.51.100.1", "198.51.100.1"),
            ("for=198.51.100.1, for=\"[2001:db8:ffff::2]\"", "198.51.100.1"),
            ("for=_hidden", "127.0.0.1, perhaps"),
            ("for=unknown", "127.0.0.1, perhaps"),
            ("by=198.51.100.1", "127.0.0.1, perhaps"),
            // A client's quotation mark hides nothing of what a proxy writes after it.
            ("for=\"6.6.6.6, for=198.51.100.1", "198.51.100.1"),
        ] {
            assert_eq!(says("127.0.0.1", &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn a_header_that_a_proxy_lets_pass_beside_its_own_moves_nobody() {
        let own = ("x-forwarded-for", "198.51.100.1");
        assert_eq!(says("10.0.0.1", &[own, ("forwarded", "for=198.51.100.1")]), "198.51.100.1");
        assert_eq!(says("10.0.0.1", &[own, ("forwarded", "for=6.6.6.6")]), "10.0.0.1, perhaps");
        let lets_pass = [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=198.51.100.1")];
        assert_eq!(says("10.0.0.1", &lets_pass), "10.0.0.1, perhaps");
    }
}
