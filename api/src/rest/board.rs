//! The wallboard: absolute figures of everything.

use super::answer::{as_of, live};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Agent, Board, Number, Queue, instant};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;

/// Numbers, queues and agents as they stand; needs `board.read`.
#[utoipa::path(get, path = "/board", tag = "directory",
    responses((status = 200, body = Board)))]
pub(super) async fn board(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    let shown = api.store().directory(signed.scope).await?;
    let live = live(&api, &signed);
    let board = Board {
        at: instant((api.stamps().now)()),
        numbers: shown.what.numbers.iter().map(Number::from).collect(),
        queues: shown.what.queues.iter().map(|queue| Queue::of(queue, live.as_deref())).collect(),
        agents: shown.what.agents.iter().map(|agent| Agent::of(agent, live.as_deref())).collect(),
    };
    Ok(as_of(&api, shown.as_of, &board))
}
