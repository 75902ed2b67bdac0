//! Conversations: the list, one, what was said and what happened in it, and taking, reading and closing it.

pub(super) mod close;
pub(super) mod list;
pub(super) mod pick;
pub(super) mod react;
pub(super) mod read;

use super::answer::{as_of, one as answer, with_files};
use super::cursor;
use super::input::{Id, Params, limit};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Conversation, HistoryLine, List, Message};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::ids::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What a command on a conversation came to.
#[derive(Serialize, ToSchema)]
pub(super) struct Touched {
    conversation_id: Uuid,
}

/// One conversation.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = Uuid, Path)),
    responses((status = 200, body = Conversation), (status = 404)))]
pub(super) async fn one(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
) -> Result<Response, Problem> {
    let shown = api.store().conversation(signed.scope, signed.visibility(), id).await?;
    answer::<_, Conversation>(&api, &shown)
}

/// What was said, newest first; the next page is older.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "conversations",
    params(("id" = Uuid, Path), Paged), responses((status = 200, body = List<Message>), (status = 404), (status = 422)))]
pub(super) async fn messages(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Params(paged): Params<Paged>,
) -> Result<Response, Problem> {
    let query = messages_query(id);
    let before = paged.cursor.map(|cursor| cursor::decode(&cursor, &query)).transpose()?;
    let limit = limit(paged.limit)?;
    let shown = api.store().messages(signed.scope, signed.visibility(), id, before, limit).await?;
    if shown.what.rows.is_empty() {
        // An empty page of a conversation that is there is another thing than none.
        let there = api.store().conversation(signed.scope, signed.visibility(), id).await?;
        there.what.ok_or(Problem::not_found())?;
    }
    let list = List {
        items: shown.what.rows.iter().map(Message::from).collect(),
        next_cursor: shown.what.next.map(|next| cursor::encode(next, &query)),
    };
    with_files(&api, &signed, shown.as_of, &list).await
}

/// What cursors of a conversation's messages belong to; the live socket's `older_cursor` does too.
pub(crate) fn messages_query(id: ConversationId) -> String {
    format!("conversations/{id}/messages")
}

/// What happened beside messages, newest first.
#[utoipa::path(get, path = "/conversations/{id}/history", tag = "conversations",
    params(("id" = Uuid, Path), Paged), responses((status = 200, body = List<HistoryLine>), (status = 404), (status = 422)))]
pub(super) async fn history(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Params(paged): Params<Paged>,
) -> Result<Response, Problem> {
    let query = format!("conversations/{id}/history");
    let before = paged.cursor.map(|cursor| cursor::decode(&cursor, &query)).transpose()?;
    let shown = api.store().history(signed.scope, signed.visibility(), id, before, limit(paged.limit)?).await?;
    let lines = shown.what.ok_or(Problem::not_found())?;
    let list = List {
        items: lines.rows.iter().filter_map(HistoryLine::of).collect(),
        next_cursor: lines.next.map(|next| cursor::encode(next, &query)),
    };
    Ok(as_of(&api, shown.as_of, &list))
}
