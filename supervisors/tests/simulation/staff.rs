//! Agents at work: they come and go, answer in every way there is, react, read, close, and ask again until they are answered.

use crate::places::House;
use crate::scene::{Hour, Scene};
use dashoffice_actors::asking::Caller;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::conversation::{Command, Done, ReactCommand, ReplyCommand};
use dashoffice_domain::ids::{AgentId, MessageId, ThreadId};
use dashoffice_domain::routing::{AgentCommand, Chosen};
use dashoffice_store::memory::SeenMessage;
use dashoffice_supervisors::Office;
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Something an agent wanted to send, and what they were told.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) house: House,
    pub(crate) thread: ThreadId,
    pub(crate) message: MessageId,
    pub(crate) content: Content,
    pub(crate) reply_to: Option<String>,
    pub(crate) decided: Result<Done, Refusal>,
}

pub(crate) struct Agent {
    scene: Arc<Scene>,
    house: House,
    id: AgentId,
    chance: StdRng,
}

impl Agent {
    pub(crate) const fn new(scene: Arc<Scene>, house: House, id: AgentId, chance: StdRng) -> Self {
        Self { scene, house, id, chance }
    }

    pub(crate) async fn works(mut self) {
        while !self.scene.is_past(Hour::Closing) {
            let longest = if self.scene.is_past(Hour::Open) { 4_000 } else { 900 };
            tokio::time::sleep(Duration::from_millis(self.chance.random_range(100..longest))).await;
            let Some(office) = self.scene.office() else { continue };
            if !self.scene.is_past(Hour::Open) && self.chance.random_ratio(1, 100) {
                self.goes_away(&office).await;
                continue;
            }
            self.is_present(&office).await;
            let chats = self.scene.store().chats_of(self.house.tenant());
            let (mine, waiting): (Vec<_>, Vec<_>) =
                chats.into_iter().partition(|chat| chat.owner.agent() == Some(self.id));
            if !mine.is_empty() {
                let chat = &mine[self.chance.random_range(0..mine.len())];
                self.attends(chat).await;
            } else if let Some(chat) = waiting.iter().find(|chat| matches!(chat.owner, Owner::Queue { .. })) {
                self.picks(&office, chat).await;
            }
        }
    }

    /// A browser that dies, and comes back before or after its agent is given up.
    async fn goes_away(&mut self, office: &Arc<Office>) {
        if let Some(router) = office.router(self.house.tenant()) {
            router.disconnected(self.id, self.id.0);
            let away = if self.chance.random_bool(0.5) { 5 } else { 70 };
            tokio::time::sleep(Duration::from_secs(away)).await;
        }
    }

    async fn is_present(&mut self, office: &Arc<Office>) {
        let tenant = self.house.tenant();
        let Some(router) = office.router(tenant) else { return };
        let line = router.board().borrow().agents.get(&self.id).cloned();
        if line.as_ref().is_some_and(|line| line.effective.is_routable()) {
            return;
        }
        router.connected(self.id, self.id.0);
        let online = AgentCommand::Choose { presence: Chosen::Online, reason: None };
        let caller = Caller::of(self.id, self.scene.ids.next(), &online);
        // Unanswered: they look again in a moment.
        let _ = office.agents().command(tenant, self.id, caller, online).await;
    }

    async fn picks(&mut self, office: &Arc<Office>, chat: &ConversationRow) {
        let Some(router) = office.router(self.house.tenant()).filter(|_| self.chance.random_bool(0.2)) else { return };
        let caller = Caller::of(self.id, self.scene.ids.next(), &(chat.thread, chat.owner_epoch));
        // A no, or nobody: the chat is given out by the router.
        let _ = router.pick(self.id, chat.thread, chat.owner_epoch, caller).await;
    }

    async fn attends(&mut self, chat: &ConversationRow) {
        let closing = self.scene.is_past(Hour::Open);
        let waits = chat.waiting_since.is_some();
        let lot = self.chance.random_range(0..100_u32);
        match lot {
            _ if closing && waits => self.replies(chat).await,
            _ if closing => self.closes(chat).await,
            0..45 if waits => self.replies(chat).await,
            0..15 => self.replies(chat).await,
            45..65 => self.reacts(chat).await,
            65..80 => self.reads(chat).await,
            80..100 if !waits => self.closes(chat).await,
            _ => {}
        }
    }

    fn messages(&self, chat: &ConversationRow) -> Vec<SeenMessage> {
        let mut messages = self.scene.store().messages_in(self.house.tenant(), chat.thread);
        messages.retain(|message| !matches!(message.content, Some(Content::Reaction { .. })));
        messages
    }

    async fn replies(&mut self, chat: &ConversationRow) {
        let message = MessageId(self.scene.ids.next());
        let words = format!("{:?} says {message}", self.house);
        let content = match self.chance.random_range(0..4_u32) {
            0 => {
                let (name, language) = ("hello".to_owned(), "pt_BR".to_owned());
                Content::Template { name, language, parameters: vec![words], words: None }
            }
            1 => {
                let link = format!("https://files.example/{message}");
                Content::Media(Media::by_link(MediaKind::Image, link, Some(words), None))
            }
            _ => Content::text(words),
        };
        let known =
            self.messages(chat).into_iter().filter_map(|message| message.provider_message_id).collect::<Vec<_>>();
        let answers = self.chance.random_bool(0.3) && !known.is_empty();
        let reply_to = answers.then(|| known[self.chance.random_range(0..known.len())].clone());
        let reply = ReplyCommand { by: self.id, message, content: content.clone(), reply_to: reply_to.clone() };
        let decided = self.insists(chat.thread, Command::Reply(reply)).await;
        self.said(chat.thread, message, content, reply_to, decided);
    }

    async fn reacts(&mut self, chat: &ConversationRow) {
        let mut known = self.messages(chat);
        known.retain(|message| message.provider_message_id.is_some());
        // Those few that others react to, too: what counts is which was the last.
        known.truncate(3);
        if known.is_empty() {
            return;
        }
        let target = known.swap_remove(self.chance.random_range(0..known.len()));
        let Some(to) = target.provider_message_id else { return };
        let emoji = ["👍", "🙏", ""][self.chance.random_range(0..3_usize)];
        let emoji = Some(emoji.to_owned()).filter(|emoji| !emoji.is_empty());
        let message = MessageId(self.scene.ids.next());
        let react = ReactCommand { by: self.id, message, target: target.id, to: to.clone(), emoji: emoji.clone() };
        let decided = self.insists(chat.thread, Command::React(react)).await;
        self.said(chat.thread, message, Content::Reaction { message: target.id, to, emoji }, None, decided);
    }

    fn said(
        &self,
        thread: ThreadId,
        message: MessageId,
        content: Content,
        reply_to: Option<String>,
        decided: Result<Done, Refusal>,
    ) {
        let spoken = Spoken { house: self.house, thread, message, content, reply_to, decided };
        self.scene.spoken.lock().unwrap().push(spoken);
    }

    /// Up to a message of the customer's in this conversation, any of them.
    async fn reads(&mut self, chat: &ConversationRow) {
        let mut theirs = self.messages(chat);
        theirs.retain(|message| message.direction == Direction::Inbound && message.conversation == chat.id);
        if theirs.is_empty() {
            return;
        }
        let inbound = self.chance.random_range(0..theirs.len()) + 1;
        let message = theirs[inbound - 1].id;
        let (by, conversation) = (self.id, chat.id);
        let _ = self.insists(chat.thread, Command::Read { by, conversation, message, inbound: inbound as i64 }).await;
    }

    async fn closes(&mut self, chat: &ConversationRow) {
        let _ = self.insists(chat.thread, Command::Close { by: self.id, seen: None }).await;
    }

    /// Asks under one key until it is decided; what was decided is told again to whoever asks again (A10).
    async fn insists(&mut self, thread: ThreadId, command: Command) -> Result<Done, Refusal> {
        let key = self.scene.ids.next();
        let decided = loop {
            if let Some(decided) = self.asks(thread, key, &command).await {
                break decided;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        if self.chance.random_bool(0.1)
            && let Some(again) = self.asks(thread, key, &command).await
            && again != decided
        {
            self.scene.complains(format!("A10: {decided:?}, and asked again {again:?}"));
        }
        decided
    }

    /// `None`: nobody knows.
    async fn asks(&self, thread: ThreadId, key: Uuid, command: &Command) -> Option<Result<Done, Refusal>> {
        let office = self.scene.office()?;
        office.conversations().command(self.house.tenant(), thread, self.id, key, command.clone()).await.ok()
    }
}
