//! One of each: every kind of event with every shape it takes, and every kind of content. A kind that is missing here does not compile.

use dashoffice_domain::channel::media::MediaFailure;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::template::{Button, Words};
use dashoffice_domain::conversation::content::{Card, ChoiceSource, Content, Media, MediaKind, OrderLine};
use dashoffice_domain::conversation::message::{Settled, Status};
use dashoffice_domain::conversation::{OfferEnd, OwnerReason};
use dashoffice_domain::conversation::{Owner, ReplyClock};
use dashoffice_domain::record::What;
use dashoffice_domain::routing::Chosen;
use dashoffice_domain::{Event, Span, Timestamp, channel, conversation, routing, settings};
use uuid::Uuid;

/// All variants of an enumeration without fields; one more, and this does not compile.
macro_rules! all_of {
    ($kind:ident: $($variant:ident),+ $(,)?) => {{
        const fn is_complete(one: $kind) {
            match one { $($kind::$variant => {})+ }
        }
        let all = [$($kind::$variant),+];
        all.into_iter().for_each(is_complete);
        all
    }};
}

pub(crate) fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

pub(crate) fn owners() -> Vec<Owner> {
    let next = |owner: Option<&Owner>| match owner {
        None => Some(Owner::Nobody),
        Some(Owner::Nobody) => Some(Owner::Bot { bot: id(31) }),
        Some(Owner::Bot { .. }) => Some(Owner::Queue { queue: id(2) }),
        Some(Owner::Queue { .. }) => {
            Some(Owner::Offered { queue: id(2), offer: id(41), agents: vec![id(101), id(102)] })
        }
        Some(Owner::Offered { .. }) => Some(Owner::Agent { agent: id(101) }),
        Some(Owner::Agent { .. }) => None,
    };
    one_after_the_other(next)
}

fn one_after_the_other<T>(next: impl Fn(Option<&T>) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(one) = next(all.last()) {
        all.push(one);
    }
    all
}

/// Of each kind one, module by module.
fn of_conversations(event: Option<&conversation::Event>) -> Option<conversation::Event> {
    use dashoffice_domain::conversation::Event;
    let (conversation, message) = (id(2001), id(1001));
    Some(match event {
        None => Event::ThreadStarted { number: id(1), contact: id(3) },
        Some(Event::ThreadStarted { .. }) => Event::IdentifiersLinked { count: 2 },
        Some(Event::IdentifiersLinked { .. }) => Event::PossibleDuplicate { of: id(8) },
        Some(Event::PossibleDuplicate { .. }) => Event::ConversationOpened { conversation },
        Some(Event::ConversationOpened { .. }) => Event::ConversationReopened { conversation },
        Some(Event::ConversationReopened { .. }) => Event::OwnerChanged {
            conversation,
            from: Owner::Nobody,
            to: Owner::Queue { queue: id(2) },
            reason: OwnerReason::Opened,
            clock: None,
        },
        Some(Event::OwnerChanged { .. }) => {
            Event::MessageReceived { conversation, message, window_until: 1_700_086_400_000_000 }
        }
        Some(Event::MessageReceived { .. }) => Event::NoticeReceived { conversation, message },
        Some(Event::NoticeReceived { .. }) => Event::MessageChanged { message },
        Some(Event::MessageChanged { .. }) => Event::EditedAhead { message },
        Some(Event::EditedAhead { .. }) => Event::EditNoticed { conversation },
        Some(Event::EditNoticed { .. }) => Event::MessageEchoed { conversation, message },
        Some(Event::MessageEchoed { .. }) => Event::ReplyQueued { conversation, message, by: Some(id(101)) },
        Some(Event::ReplyQueued { .. }) => Event::MessageQueued { conversation, message, by: id(101) },
        Some(Event::MessageQueued { .. }) => Event::ReactionQueued { conversation, message, to: id(1002), by: id(101) },
        Some(Event::ReactionQueued { .. }) => Event::ReplyClockSet {
            conversation,
            offer: id(41),
            clock: ReplyClock::beginning(Timestamp(1_700_000_000_000_000), Span::seconds(180), Span::seconds(60)),
        },
        Some(Event::ReplyClockSet { .. }) => Event::ReplyFailed { conversation, message },
        Some(Event::ReplyFailed { .. }) => Event::ConversationClosed { conversation, by: Some(id(101)) },
        Some(Event::ConversationClosed { .. }) => {
            Event::OfferEnded { conversation, offer: id(41), agent: id(101), how: OfferEnd::Declined }
        }
        Some(Event::OfferEnded { .. }) => Event::ReadUpTo { conversation, message, inbound: 3, by: id(101) },
        Some(Event::ReadUpTo { .. }) => {
            Event::MessageSettled { conversation, message, settled: Settled::Sent, resent: None, by: id(101) }
        }
        Some(Event::MessageSettled { .. }) => return None,
    })
}

fn of_routing(event: Option<&routing::Event>) -> Option<routing::Event> {
    use dashoffice_domain::routing::Event;
    Some(match event {
        None => Event::PresenceChosen { agent: id(101), presence: Chosen::Online },
        Some(Event::PresenceChosen { .. }) => return None,
    })
}

fn of_channels(event: Option<&channel::Event>) -> Option<channel::Event> {
    use dashoffice_domain::channel::Event;
    let message = id(1001);
    Some(match event {
        None => Event::SendStarted { message },
        Some(Event::SendStarted { .. }) => {
            Event::SendPostponed { message, until: 1_700_000_060_000_000, error_code: 131_056 }
        }
        Some(Event::SendPostponed { .. }) => {
            Event::StatusChanged { message, status: Status::Failed, error_code: Some(131_026) }
        }
        Some(Event::StatusChanged { .. }) => {
            Event::NumberRefused { message, number: id(1), reason: StopReason::PaymentProblem, error_code: 131_042 }
        }
        Some(Event::NumberRefused { .. }) => Event::MediaFetched { message, size_bytes: 4_096 },
        Some(Event::MediaFetched { .. }) => Event::MediaFailed { message, why: MediaFailure::Gone },
        Some(Event::MediaFailed { .. }) => Event::NumberStateChanged { number: id(1), state: NumberState::Connected },
        Some(Event::NumberStateChanged { .. }) => return None,
    })
}

fn of_settings(event: Option<&settings::Event>) -> Option<settings::Event> {
    use dashoffice_domain::settings::Event;
    let fields = vec!["name".into(), "settings.grace_us".into()];
    Some(match event {
        None => Event::RecordChanged { record: "queue".into(), id: id(2), version: 3, what: What::Changed, fields },
        Some(Event::RecordChanged { .. }) => Event::TenantRenamed,
        Some(Event::TenantRenamed) => return None,
    })
}

/// The shapes that a kind takes beside the one above.
fn shapes() -> Vec<Event> {
    let (conversation, message) = (id(2001), id(1001));
    let owner_changed = |to: Owner, reason| {
        let clock = matches!(to, Owner::Offered { .. }).then(|| id(41));
        Event::Conversation(conversation::Event::OwnerChanged {
            conversation,
            from: Owner::Queue { queue: id(2) },
            to,
            reason,
            clock,
        })
    };
    let reasons = all_of!(OwnerReason: Opened, Reopened, Assigned, Picked, Transferred, Closed, Offered, Accepted, TakenBack, Disconnected);
    let ends = all_of!(OfferEnd: Declined, TimedOut, NotAnswered, AgentGone);
    let presences = all_of!(Chosen: Offline, Online, Busy, Away, TransfersOnly);
    let statuses =
        all_of!(Status: Received, Queued, Sending, Unknown, Sent, Delivered, Read, Played, Failed, Cancelled);
    let failures = all_of!(MediaFailure: Gone, TooLarge, OtherBytes, NotAllowed, TooLate, Unfetchable);
    let stops = all_of!(StopReason: TokenExpired, PermissionMissing, AccountRestricted, PaymentProblem, NotRegistered, ProviderUnreachable);
    let verdicts = all_of!(Settled: Sent, Failed, Resent);
    let number = |state| Event::Channel(channel::Event::NumberStateChanged { number: id(1), state });
    let mut shapes = vec![
        Event::Conversation(conversation::Event::ReplyQueued { conversation, message, by: None }),
        Event::Conversation(conversation::Event::ConversationClosed { conversation, by: None }),
        number(NumberState::Connecting),
    ];
    shapes.extend(owners().into_iter().map(|owner| owner_changed(owner, OwnerReason::Transferred)));
    shapes.extend(reasons.map(|reason| owner_changed(Owner::Agent { agent: id(101) }, reason)));
    shapes.extend(ends.map(|how| {
        Event::Conversation(conversation::Event::OfferEnded { conversation, offer: id(41), agent: id(101), how })
    }));
    shapes
        .extend(presences.map(|presence| Event::Routing(routing::Event::PresenceChosen { agent: id(101), presence })));
    shapes.extend(
        statuses.map(|status| Event::Channel(channel::Event::StatusChanged { message, status, error_code: None })),
    );
    shapes.extend(failures.map(|why| Event::Channel(channel::Event::MediaFailed { message, why })));
    shapes.extend(verdicts.map(|settled| {
        let resent = (settled == Settled::Resent).then(|| id(5001));
        Event::Conversation(conversation::Event::MessageSettled { conversation, message, settled, resent, by: id(101) })
    }));
    let whats = all_of!(What: Created, Changed, Archived, Restored, Removed);
    shapes.extend(whats.map(|what| {
        let record = "queue".to_owned();
        settings::Event::RecordChanged { record, id: id(2), version: 1, what, fields: Vec::new() }.into()
    }));
    shapes.extend(stops.map(|reason| number(NumberState::Stopped { reason })));
    shapes
}

pub(crate) fn events() -> Vec<Event> {
    let mut events: Vec<Event> = one_after_the_other(of_conversations).into_iter().map(Event::from).collect();
    events.extend(one_after_the_other(of_routing).into_iter().map(Event::from));
    events.extend(one_after_the_other(of_channels).into_iter().map(Event::from));
    events.extend(one_after_the_other(of_settings).into_iter().map(Event::from));
    events.extend(shapes());
    events
}

fn file(kind: MediaKind) -> Content {
    Content::Media(Media {
        kind,
        provider_media_id: Some("77".to_owned()),
        link: Some("https://files.example/a".to_owned()),
        mime_type: Some("image/jpeg".to_owned()),
        sha256: Some("AAAA".to_owned()),
        caption: Some("uma foto".to_owned()),
        filename: Some("nota.pdf".to_owned()),
        voice: true,
        animated: true,
    })
}

fn choice(source: ChoiceSource) -> Content {
    Content::Choice { source, id: "1".to_owned(), title: "Sim".to_owned(), description: Some("pois não".to_owned()) }
}

fn contents_of_each_kind(content: Option<&Content>) -> Option<Content> {
    let text = |text: &str| Some(text.to_owned());
    Some(match content {
        None => Content::text("boa tarde"),
        Some(Content::Text { .. }) => file(MediaKind::Image),
        Some(Content::Media(_)) => {
            Content::Location { latitude: -23.5, longitude: -46.6, name: text("loja"), address: text("rua 1") }
        }
        Some(Content::Location { .. }) => Content::Contacts {
            cards: vec![Card {
                name: "Rui".to_owned(),
                phones: vec!["+55 11".to_owned()],
                emails: vec!["rui@example.com".to_owned()],
                organisation: text("Loja"),
                ..Card::default()
            }],
        },
        Some(Content::Contacts { .. }) => choice(ChoiceSource::Button),
        Some(Content::Choice { .. }) => {
            Content::Form { name: text("flow"), body: text("Sent"), response: "{\"a\":1}".to_owned() }
        }
        Some(Content::Form { .. }) => Content::Order {
            catalog: text("9"),
            note: text("sem pressa"),
            lines: vec![OrderLine {
                product: "a".to_owned(),
                quantity: "2".to_owned(),
                price: "9.9".to_owned(),
                currency: "BRL".to_owned(),
            }],
        },
        Some(Content::Order { .. }) => Content::System { what: "user_changed_number".to_owned(), text: text("mudou") },
        Some(Content::System { .. }) => Content::Template {
            name: "hello".to_owned(),
            language: "pt_BR".to_owned(),
            parameters: vec!["Ana".to_owned()],
            words: None,
        },
        Some(Content::Template { .. }) => {
            Content::Reaction { message: id(1001), to: "wamid.1".to_owned(), emoji: text("👍") }
        }
        Some(Content::Reaction { .. }) => Content::Unsupported { code: Some(131_051), what: text("poll") },
        Some(Content::Unsupported { .. }) => Content::Unknown { what: "revoked".to_owned() },
        Some(Content::Unknown { .. }) => return None,
    })
}

pub(crate) fn contents() -> Vec<Content> {
    let mut contents = one_after_the_other(contents_of_each_kind);
    contents.extend(all_of!(MediaKind: Image, Video, Audio, Document, Sticker).map(file));
    contents.extend(all_of!(ChoiceSource: Button, List, TemplateButton).map(choice));
    contents.push(Content::Contacts {
        cards: vec![Card {
            name: "Rui".to_owned(),
            addresses: vec!["Rua 1, Santos".to_owned()],
            links: vec!["https://rui.example".to_owned()],
            birthday: Some("1990-02-28".to_owned()),
            ..Card::default()
        }],
    });
    contents.push(Content::Reaction { message: id(1001), to: "wamid.1".to_owned(), emoji: None });
    let button = |kind: &str, target: Option<&str>| {
        let (kind, text) = (kind.to_owned(), "Ver o pedido".to_owned());
        Button { kind, text, target: target.map(str::to_owned) }
    };
    contents.push(Content::Template {
        name: "hello".to_owned(),
        language: "pt_BR".to_owned(),
        parameters: vec!["Ana".to_owned()],
        words: Some(Words {
            header: Some("Pedido".to_owned()),
            body: "Olá Ana".to_owned(),
            footer: Some("Loja".to_owned()),
            buttons: vec![button("QUICK_REPLY", None), button("URL", Some("https://loja.example/77"))],
        }),
    });
    contents.push(Content::Location { latitude: 0.0, longitude: 0.0, name: None, address: None });
    contents
}
