//! The port: free, or answered by a healthy server of ours.

use super::Finding;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Who listens and is well answers sooner.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than any answer of ours to these two questions.
const LONGEST_ANSWER: u64 = 4_096;

pub(super) fn look(address: SocketAddr) -> Vec<Finding> {
    match TcpListener::bind(address) {
        Ok(_) => vec![Finding::fine(format!("{address} is free; no server listens there now"))],
        Err(error) if error.kind() == ErrorKind::AddrInUse => who_answers(address),
        Err(error) => vec![Finding::problem(
            format!("nobody can listen on {address}: {error}"),
            "let server.listen name an address of this machine, and a port above 1023 or a user who may have it",
        )],
    }
}

fn who_answers(address: SocketAddr) -> Vec<Finding> {
    let mut near = address;
    if near.ip().is_unspecified() {
        near.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    match ask(near, "/healthz") {
        Ok((200, body)) if body.contains("\"alive\"") => {}
        Ok(_) => {
            let what = format!("another program listens on {address}");
            return vec![Finding::problem(what, "end it, or let server.listen name another port")];
        }
        Err(error) => {
            let what = format!("somebody listens on {address} and gives no answer ({error})");
            return vec![Finding::problem(
                what,
                "if it is a server of ours, its log says what holds it up; else end it",
            )];
        }
    }
    vec![match ask(near, "/readyz") {
        Ok((200, _)) => Finding::fine(format!("a server of ours answers on {address}, and is ready")),
        Ok(_) => Finding::note(format!(
            "a server of ours answers on {address}, and is not ready: it waits for its turn, starts, or its store is away"
        )),
        Err(error) => {
            Finding::note(format!("a server of ours answers on {address}; whether it is ready is not known ({error})"))
        }
    }]
}

/// The status and the body of an answer to `GET path`.
fn ask(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    socket.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    Ok((status.unwrap_or(0), answer.into_owned()))
}
