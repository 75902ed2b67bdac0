//! What time and typing change: who missed a chat may be asked again, and whoever writes is not taken for absent.

use super::{Asked, RouterMessage, RouterState};
use crate::asking::Caller;
use dashoffice_domain::conversation::Command;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AgentId, ConversationId, OfferId, ThreadId};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::task;
use ractor::ActorRef;
use std::time::Duration;
use uuid::Uuid;

impl RouterState {
    /// A chat that was passed by is looked at when somebody may be asked again, and not only at the next sweep.
    pub(super) fn look_when_released(&mut self, myself: &ActorRef<RouterMessage>) {
        let now = self.now();
        let Some(at) = self.index.next_release(now) else { return };
        if self.looks_at.is_some_and(|looks_at| looks_at > now && looks_at <= at) {
            return;
        }
        self.looks_at = Some(at);
        // A timer may ring a moment early.
        let wait = Duration::from_micros(at.since(now).0.cast_unsigned()) + Duration::from_millis(2);
        myself.send_after(wait, || RouterMessage::Released);
    }

    /// Asks for more time where it is worth it, once for each end that the clock would have.
    pub(super) fn types(&mut self, agent: AgentId, conversation: ConversationId) {
        if let Some((thread, due_at)) = self.index.kept_by_typing(agent, conversation, self.now()) {
            let key = Uuid::new_v5(&thread.0, format!("typing {}", due_at.0).as_bytes());
            if !self.asked.contains_key(&OfferId(key)) {
                self.order(agent, key, thread, Command::Typing { by: agent });
            }
        }
    }

    /// Asks a conversation for something that holds no units. Unanswered: the sweep forgets that it was asked, and it is asked again
    /// under the same key.
    pub(super) fn order(&mut self, principal: impl Into<Principal>, key: Uuid, thread: ThreadId, command: Command) {
        let caller = Caller::commanding(principal, key, thread, &command);
        self.asked.insert(OfferId(key), Asked { caller: caller.clone(), command: command.clone() });
        let (conversations, tenant) = (self.parts.conversations.clone(), self.parts.reads.tenant());
        task::spawn("order", async move {
            reach("order", "ask");
            let _ = conversations.command_by(tenant, thread, caller, command).await;
        });
    }
}
