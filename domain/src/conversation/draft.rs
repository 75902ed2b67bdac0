//! A decision in the making: each event is believed at once in a copy, so that later ones are decided on what earlier ones made.

use super::decide::{ClockChange, Decided};
use super::state::{Owner, Thread};
use super::{DecisionContext, FIRST_REPLY, OFFER};
use crate::channel::media::{MediaReference, WantedMedia};
use crate::channel::{self, Capabilities};
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::conversation::message::{Direction, Status};
use crate::conversation::{AddressRow, MessageChange, MessageRow, Preview, Row};
use crate::conversation::{Event, OfferEnd, OwnerReason};
use crate::ids::{AgentId, ConversationId, MessageId, NumberId, OfferId};
use crate::item::{Arrived, Inbound, Said};
use crate::routing;
use crate::routing::Activity;
use crate::time::{Span, Timestamp};
use uuid::Uuid;

pub(super) struct Draft {
    thread: Thread,
    pub(super) now: Timestamp,
    /// What the number's channel takes.
    pub(super) channel: Capabilities,
    pub(super) decided: Decided,
}

impl Draft {
    /// `now` of a decision is never before the thread's last event (B5).
    pub(super) fn of(thread: &Thread, at: impl Into<DecisionContext>) -> Self {
        let DecisionContext { now, channel } = at.into();
        let now = now.max(thread.last_event_at);
        Self { thread: thread.clone(), now, channel, decided: Decided::default() }
    }

    pub(super) fn finish(self) -> Decided {
        self.decided
    }

    pub(super) fn owner_epoch(&self) -> i64 {
        self.thread.owner_epoch
    }

    pub(super) fn conversation(&self) -> Option<ConversationId> {
        self.thread.episode.as_ref().map(|episode| episode.id)
    }

    pub(super) fn push(&mut self, event: Event) {
        self.thread.apply(&event, self.now);
        self.decided.events.push((event, self.thread.owner_epoch));
    }

    /// Changes the owner. The clock of the owner before stops; `clock` is the offer whose clock begins.
    pub(super) fn give(&mut self, to: Owner, reason: OwnerReason, clock: Option<OfferId>) {
        let Some(episode) = &self.thread.episode else { return };
        if episode.clock.is_some() {
            let kind = if matches!(episode.owner, Owner::Offered { .. }) { OFFER } else { FIRST_REPLY };
            self.decided.clocks.push(ClockChange::Clear { kind });
        }
        let event = Event::OwnerChanged { conversation: episode.id, from: episode.owner.clone(), to, reason, clock };
        self.push(event);
    }

    pub(super) fn assign(&mut self, agent: AgentId, reason: OwnerReason, clock: Option<OfferId>) {
        self.give(Owner::Agent { agent }, reason, clock);
        self.activity(agent, Activity::Assigned);
    }

    /// Back to its queue at its age (I7); who let it pass is not asked again for a while.
    pub(super) fn take_back(&mut self, offer: OfferId, agent: AgentId, how: OfferEnd) {
        let Some(episode) = &self.thread.episode else { return };
        let (conversation, queue) = (episode.id, episode.queue);
        self.push(Event::OfferEnded { conversation, offer, agent, how });
        self.give(Owner::Queue { queue }, OwnerReason::TakenBack, None);
        self.activity(agent, Activity::Released);
        if matches!(how, OfferEnd::TimedOut | OfferEnd::NotAnswered) {
            self.activity(agent, Activity::Missed);
        }
    }

    pub(super) fn clock(&mut self, kind: &'static str, token: OfferId, after: Span) {
        let due_at = self.now.plus(after);
        self.decided.clocks.push(ClockChange::Set { kind, token, due_at });
    }

    pub(super) fn stop_clock(&mut self, kind: &'static str) {
        self.decided.clocks.push(ClockChange::Clear { kind });
    }

    pub(super) fn row(&mut self, row: impl Into<crate::Row>) {
        self.decided.rows.push(row.into());
    }

    pub(super) fn activity(&mut self, agent: AgentId, what: Activity) {
        self.row(routing::Row::AgentActivity { agent, at: self.now, what });
    }

    /// The provider is to be told how far was read.
    pub(super) fn mark_read(&mut self, message: MessageId) {
        if let Some(number) = self.thread.number {
            self.row(channel::Row::ReadMark { thread: self.thread.id, number, message });
        }
    }

    pub(super) fn preview(&mut self, content: &Content) {
        self.decided.preview = Some(Preview::of(content));
    }

    /// Writes down whose thread it is, and what of them is new.
    pub(super) fn introduce(&mut self, arrived: &Arrived) {
        let is_known = self.thread.number.is_some();
        self.begin_thread(arrived);
        self.link_identifiers(arrived, is_known);
    }

    fn begin_thread(&mut self, arrived: &Arrived) {
        if self.thread.number.is_none() {
            self.push(Event::ThreadStarted { number: arrived.number, contact: arrived.contact });
            self.row(Row::Thread {
                id: self.thread.id,
                number: arrived.number,
                contact: arrived.contact,
                created_at: self.now,
            });
        }
    }

    /// Whoever is known is seen when they do something themselves.
    fn link_identifiers(&mut self, arrived: &Arrived, is_known: bool) {
        let Inbound { profile_name, username, what, .. } = &arrived.inbound;
        let is_seen = !is_known || what.is_the_customers();
        let seen_at = if is_seen { self.now.floor(Span::minutes(1)) } else { Timestamp::default() };
        let (name, username) = (profile_name.clone(), username.clone());
        self.row(Row::Contact { id: arrived.contact, name, username, seen_at });
        let linked = arrived.claims.iter().filter(|claim| claim.is_new).count();
        if linked > 0 {
            self.push(Event::IdentifiersLinked { count: linked as u32 });
        }
        for claim in &arrived.claims {
            self.row(Row::Address(Box::new(AddressRow {
                number: arrived.number,
                thread: self.thread.id,
                contact: arrived.contact,
                claim: claim.clone(),
            })));
        }
        if let Some(of) = arrived.possible_duplicate {
            self.push(Event::PossibleDuplicate { of });
        }
    }

    /// A message of the customer in the open conversation. The window opens from what their clock said, never from the future.
    pub(super) fn record_inbound(&mut self, arrived: &Arrived, content: &Content) {
        let Some(conversation) = self.thread.episode.as_ref().map(|episode| episode.id) else { return };
        let window_until = arrived.inbound.said_at.min(self.now).plus(self.channel.service_window).0;
        self.push(Event::MessageReceived { conversation, message: arrived.message, window_until });
        let (message, said) = (arrived.message, &arrived.inbound.provider_message_id);
        self.message(arrived, conversation, message, said, content, Direction::Inbound);
        self.preview(content);
    }

    /// A message of the customer of which only its edit is here, as the edit left it. It was said at most so long before it was
    /// edited as the channel lets it be, and the window opens from there.
    pub(super) fn record_edit_alone(&mut self, arrived: &Arrived, of: &str, content: &Content) {
        let Some(conversation) = self.thread.episode.as_ref().map(|episode| episode.id) else { return };
        let edited_at = arrived.inbound.said_at.min(self.now);
        let window_until = edited_at.0 - self.channel.editable.0 + self.channel.service_window.0;
        let message = ahead_id(arrived.number, of);
        self.push(Event::MessageReceived { conversation, message, window_until });
        self.message(arrived, conversation, message, of, content, Direction::Inbound);
        self.change(of, MessageChange::Edited { content: content.clone(), at: edited_at }, message);
        self.push(Event::EditedAhead { message });
        self.preview(content);
    }

    /// What the provider says of the customer: shown where the chat is, or will be. No window, no clock and no count knows of it.
    pub(super) fn record_notice(&mut self, arrived: &Arrived, content: &Content) {
        let latest = self.thread.episode.as_ref().map(|episode| episode.id);
        let conversation = latest.or(self.thread.upcoming).unwrap_or(arrived.conversation);
        self.push(Event::NoticeReceived { conversation, message: arrived.message });
        let (message, said) = (arrived.message, &arrived.inbound.provider_message_id);
        self.message(arrived, conversation, message, said, content, Direction::Inbound);
    }

    /// A message as it is kept, with its file and what was not understood of it: the customer's or the provider's, or one of ours that is
    /// on its way already.
    fn message(
        &mut self,
        arrived: &Arrived,
        conversation: ConversationId,
        message: MessageId,
        provider_message_id: &str,
        content: &Content,
        direction: Direction,
    ) {
        let status = if direction == Direction::Inbound { Status::Received } else { Status::Sent };
        let notice = matches!(arrived.inbound.what, Said::Notice { .. });
        self.row(Row::Message(Box::new(MessageRow {
            id: message,
            thread: self.thread.id,
            conversation,
            number: arrived.number,
            direction,
            status,
            content: content.clone(),
            provider_message_id: Some(provider_message_id.to_owned()),
            reply_to: arrived.inbound.reply_to.clone(),
            author: None,
            said_at: arrived.inbound.said_at.min(self.now),
            recorded_at: self.now,
            context: MessageContext { notice, ..arrived.inbound.context.clone() },
        })));
        self.want_file(arrived, message, content);
        if let Some(raw) = &arrived.raw {
            let reason = content.kind().to_owned();
            self.row(channel::Row::UnparsedItem { number: arrived.number, reason, raw: raw.clone() });
        }
    }

    /// A message of ours that was sent with the phone: nobody's here, and on its way already.
    pub(super) fn record_echo(&mut self, arrived: &Arrived, content: &Content) {
        let Some(episode) = self.thread.episode.as_ref() else { return };
        let (conversation, is_answered_late) = (episode.id, episode.clock.is_some());
        if is_answered_late && matches!(episode.owner, Owner::Agent { .. }) {
            self.stop_clock(FIRST_REPLY);
        }
        self.push(Event::MessageEchoed { conversation, message: arrived.message });
        let (message, said) = (arrived.message, &arrived.inbound.provider_message_id);
        self.message(arrived, conversation, message, said, content, Direction::Outbound);
        self.preview(content);
    }

    /// The file that a message names is ordered in the commit that records the message: whatever happens to us, somebody
    /// will fetch it (A9).
    fn want_file(&mut self, arrived: &Arrived, message: MessageId, content: &Content) {
        let Content::Media(media) = content else { return };
        let source = MediaReference { provider_media_id: media.provider_media_id.clone(), link: media.link.clone() };
        if source == MediaReference::default() {
            return;
        }
        self.row(channel::Row::MediaWanted(Box::new(WantedMedia {
            message,
            number: arrived.number,
            kind: media.kind,
            source,
            declared_mime: media.mime_type.clone(),
            declared_sha256: media.sha256.clone(),
            wanted_at: self.now,
        })));
    }

    /// Changes an earlier message: opens no conversation and no window.
    pub(super) fn change(&mut self, provider_message_id: &str, change: MessageChange, message: MessageId) {
        self.push(Event::MessageChanged { message });
        self.row(Row::MessageChange {
            thread: self.thread.id,
            provider_message_id: provider_message_id.to_owned(),
            change,
        });
    }

    /// What was read or answered reads otherwise now: the chat is unread again, open or closed.
    pub(super) fn notice_edit(&mut self) {
        let seen = self.thread.episode.as_ref().filter(|episode| episode.unread() == 0);
        if let Some(conversation) = seen.map(|episode| episode.id) {
            self.push(Event::EditNoticed { conversation });
        }
    }
}

/// The id of a message that is recorded from its edit: it follows from the provider's, so that the message is known again when it comes.
pub fn ahead_id(number: NumberId, provider_message_id: &str) -> MessageId {
    MessageId(Uuid::new_v5(&number.0, provider_message_id.as_bytes()))
}
