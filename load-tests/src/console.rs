//! One live socket in a drill's hands: says hello, reads what it is told or leaves it lying, and goes without a word.

use crate::desk::{Socket, open, say};
use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// A console that is open. Dropped, it vanishes: nobody is told goodbye.
pub struct Console {
    socket: Socket,
}

/// What a console heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Frame(Value),
    /// The server's last word, by its code; 0: there was none.
    Closed(u16),
}

impl Console {
    /// Opens a socket and says hello; `cursor`: where an earlier one ended.
    pub async fn opens(ws_url: &str, token: &str, cursor: Option<&str>, topics: &[&str]) -> Result<Self> {
        let mut socket = open(ws_url).await?;
        let hello = json!({ "type": "hello", "token": token, "cursor": cursor, "topics": topics, "client": "drill/1" });
        say(&mut socket, &hello).await?;
        Ok(Self { socket })
    }

    /// The next thing it is told.
    pub async fn hears(&mut self) -> Heard {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Frame(serde_json::from_str(&text).unwrap_or(Value::Null));
                }
                Some(Ok(Message::Close(close))) => {
                    return Heard::Closed(close.map_or(0, |close| u16::from(close.code)));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(0),
            }
        }
    }

    /// Reads on until a frame is as wanted; a socket that ends first, or the deadline, is an error.
    pub async fn until(&mut self, what: &str, within: Duration, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let reading = async {
            loop {
                match self.hears().await {
                    Heard::Frame(frame) if wanted(&frame) => return Ok(frame),
                    Heard::Frame(_) => {}
                    Heard::Closed(code) => bail!("the socket was closed with {code} before it heard: {what}"),
                }
            }
        };
        timeout(within, reading).await.with_context(|| format!("not heard within {within:?}: {what}"))?
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Console")
    }
}
