//! One kept-alive HTTP/1.1 connection, with so little work of its own that what it measures is the other side.

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, BytesMut};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Longer than any server lets a request wait.
const AT_MOST: Duration = Duration::from_secs(15);
/// More than any answer we ask for.
const LONGEST_HEAD: usize = 64 * 1024;

/// A server and a path on it: `http` alone, because nothing here is measured through a proxy.
#[derive(Clone, Debug)]
pub struct Place {
    pub address: SocketAddr,
    pub host: String,
    /// Begins with a slash.
    pub path: String,
}

impl Place {
    /// Reads `http://host:port/path`, or the same with `ws`.
    pub async fn of(url: &str) -> Result<Self> {
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("ws://"));
        let rest = rest.with_context(|| format!("{url} does not begin with http:// or ws://"))?;
        let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let named = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address =
            lookup_host(named).await.context("cannot find a host")?.next().context("a host has no address")?;
        Ok(Self { address, host: host.to_owned(), path: path.to_owned() })
    }

    /// Another path on the same server.
    pub fn at(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// The bytes of a request; `headers` are whole lines, each ended by CR LF.
    pub fn request(&self, method: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {} HTTP/1.1\r\nhost: {}\r\n{headers}", self.path, self.host);
        if !body.is_empty() || method != "GET" {
            let _ = write!(head, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub retry_after_s: Option<u64>,
    pub body: Vec<u8>,
}

/// How the body's end is known.
enum Length {
    Bytes(usize),
    Chunked,
}

/// One connection, opened when it is first needed and again when the other side has closed it.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
    read: BytesMut,
}

impl Line {
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None, read: BytesMut::new() }
    }

    /// Sends `request` and reads the whole answer. On a kept connection that proves to be closed it asks once more on a new
    /// one: every request of a load test may be repeated.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        let kept = self.stream.is_some();
        let mut answer = self.try_ask(request).await;
        if answer.is_err() && kept {
            answer = self.try_ask(request).await;
        }
        answer
    }

    async fn try_ask(&mut self, request: &[u8]) -> Result<Answer> {
        // Put back only when the answer was read to its end: half an answer must not be the beginning of the next.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        self.read.clear();
        let exchange = async {
            stream.write_all(request).await.context("cannot send a request")?;
            read_answer(&mut stream, &mut self.read).await
        };
        let (answer, kept) = timeout(AT_MOST, exchange).await.context("no answer in time")??;
        if kept {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = timeout(AT_MOST, TcpStream::connect(address)).await.context("no connection in time")?;
    let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true).context("cannot set a connection up")?;
    Ok(stream)
}

/// The answer, and whether the connection may be used again.
async fn read_answer(stream: &mut TcpStream, read: &mut BytesMut) -> Result<(Answer, bool)> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        ensure!(read.len() < LONGEST_HEAD, "an answer has no end to its headers");
        more(stream, read).await?;
    };
    let head = read.split_to(end + 4);
    let head = std::str::from_utf8(&head).context("an answer's headers are no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.context("an answer has no status")?;
    let (mut length, mut retry_after_s, mut kept) = (Length::Bytes(0), None, true);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Length::Bytes(value.parse().context("an answer has no length")?),
            "transfer-encoding" => length = Length::Chunked,
            "retry-after" => retry_after_s = value.parse().ok(),
            "connection" => kept = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let body = match length {
        Length::Bytes(length) => exactly(stream, read, length).await?,
        Length::Chunked => chunks(stream, read).await?,
    };
    Ok((Answer { status, retry_after_s, body }, kept))
}

async fn exactly(stream: &mut TcpStream, read: &mut BytesMut, length: usize) -> Result<Vec<u8>> {
    while read.len() < length {
        more(stream, read).await?;
    }
    Ok(read.split_to(length).to_vec())
}

async fn chunks(stream: &mut TcpStream, read: &mut BytesMut) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = read.windows(2).position(|two| two == b"\r\n") {
                break end;
            }
            more(stream, read).await?;
        };
        let size = std::str::from_utf8(&read[..end]).ok().and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
        let size = size.context("a chunk has no size")?;
        read.advance(end + 2);
        let mut chunk = exactly(stream, read, size + 2).await?;
        chunk.truncate(size);
        if chunk.is_empty() {
            return Ok(body);
        }
        body.append(&mut chunk);
    }
}

async fn more(stream: &mut TcpStream, read: &mut BytesMut) -> Result<()> {
    if stream.read_buf(read).await.context("an answer broke off")? == 0 {
        bail!("the connection was closed before the answer's end");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Says `answers` one after the other, each on a connection of its own or on the same, as the bool says.
    async fn server(answers: Vec<(&'static str, bool)>) -> Place {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a?b", listener.local_addr().unwrap());
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut stream = None;
            for (answer, keep) in answers {
                let mut open = match stream.take() {
                    Some(open) => open,
                    None => listener.accept().await.unwrap().0,
                };
                let mut asked = [0; 1024];
                assert!(open.read(&mut asked).await.unwrap() > 0);
                // In two parts, so that an answer is put together from several reads.
                let (first, second) = answer.split_at(answer.len() / 2);
                open.write_all(first.as_bytes()).await.unwrap();
                open.flush().await.unwrap();
                open.write_all(second.as_bytes()).await.unwrap();
                stream = keep.then_some(open);
            }
        });
        let place = Place::of(&url).await.unwrap();
        tasks.detach_all();
        place
    }

    #[tokio::test]
    async fn answers_with_a_length_or_in_chunks_are_read_to_their_end_on_one_connection() {
        let place = server(vec![
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", true),
            ("HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", true),
        ])
        .await;
        let mut line = Line::to(place.address);
        let request = place.request("GET", "", b"");
        assert!(request.starts_with(b"GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:"));
        let answer = line.ask(&request).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"hello".as_slice()));
        assert_eq!(line.ask(&request).await.unwrap().body, b"abc0123456789");
        let refused = line.ask(&request).await.unwrap();
        assert_eq!((refused.status, refused.retry_after_s), (503, Some(7)));
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_meanwhile_is_opened_again() {
        let one = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none";
        let place = server(vec![(one, false), ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntwo", false)]).await;
        let mut line = Line::to(place.address);
        let request = place.request("POST", "x: y\r\n", b"{}");
        assert_eq!(line.ask(&request).await.unwrap().body, b"one");
        assert_eq!(line.ask(&request).await.unwrap().body, b"two");
    }
}
