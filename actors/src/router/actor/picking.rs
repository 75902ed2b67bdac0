//! Picks: units are held first, then the conversation decides.

use super::{Asked, Pick, RouterMessage, RouterState};
use crate::asking::Caller;
use dashoffice_domain::conversation::Command;
use dashoffice_domain::ids::{AgentId, OfferId, ThreadId};
use ractor::ActorRef;

impl RouterState {
    pub(super) fn pick(&mut self, pick: Pick, myself: &ActorRef<RouterMessage>) {
        let Pick { agent, thread, expected_epoch, caller, answer } = pick;
        if let Some((offer, asked)) = self.asked_before(agent, thread, &caller) {
            // The same question: the units are held for it already, and it has one answer.
            self.ask(thread, offer, asked, Some(answer), myself);
            return;
        }
        let offer = OfferId(self.parts.ids.next());
        let owned = self.index.chat(thread).is_some_and(|chat| chat.owner.agent() == Some(agent));
        if !owned && let Err(refusal) = self.index.reserve_for_pick(agent, thread, offer, self.now()) {
            // Nothing is recorded under the key here: whoever asks for somebody records it.
            let _ = answer.send(Ok(Err(refusal)));
            return;
        }
        let command = Command::Pick { agent, expected_epoch, incarnation: self.incarnation };
        self.ask(thread, offer, Asked { caller, command }, Some(answer), myself);
    }

    /// A pick that holds the chat's units and has not been answered.
    fn asked_before(&self, agent: AgentId, thread: ThreadId, caller: &Caller) -> Option<(OfferId, Asked)> {
        let reservation = self.index.reservation(thread).filter(|reservation| reservation.agent == agent)?;
        let asked = self.asked.get(&reservation.offer)?;
        (asked.caller == *caller).then(|| (reservation.offer, asked.clone()))
    }
}
