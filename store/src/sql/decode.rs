//! From columns to records: what [`super::save()`] writes is what is read here.

use super::{Columns, Error, unreadable};
use crate::records::{
    AddressRecord, AgentRecord, DeadRecord, EarlyRecord, InboxRecord, MediaRecord, MessageRecord, OutboxRecord, Tables,
    ThreadRecord,
};
use dashoffice_domain::Entity;
use dashoffice_domain::channel::media::{KeptMedia, MediaFailure, MediaReference, MediaState, WantedMedia};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, SendError, SendState};
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::MediaKind;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::conversation::identity::Address;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{MessageId, NumberId};
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::routing::Chosen;
use serde::de::DeserializeOwned;
use std::sync::LazyLock;
use uuid::Uuid;

/// An inbox row, its key first, the rest as [`inbox`] reads it.
macro_rules! select_inbox {
    () => {
        "SELECT i.tenant, i.position, i.number, i.entity_kind, i.entity_id, i.raw, i.received_at, i.tries, i.correlation, \
         i.held, i.suspect"
    };
}
pub(crate) use select_inbox;

/// An agent, its key first, the rest as [`agent`] reads it.
macro_rules! select_agent {
    () => {
        "SELECT a.tenant, a.id, a.chosen, a.reason, a.since, a.capacity_units, a.last_assigned_at, a.last_release_at, \
         a.misses"
    };
}
pub(crate) use select_agent;

/// A row of the outbox, as [`outbox`] reads it.
macro_rules! outbox_columns {
    () => {
        "o.message, o.number, o.thread, o.class, o.owner_epoch, o.state, o.attempts, o.not_before, o.error_code, \
         o.error_text, o.error_class, o.error_details, o.error_trace, o.changed_at, o.position, o.ordinal"
    };
}
pub(crate) use outbox_columns;

/// A message without its words, with its row of the outbox, as [`message_head`] reads them.
macro_rules! select_message_head {
    () => {
        concat!(
            "SELECT m.tenant, m.id, m.thread, m.conversation, m.number, m.direction, m.status, m.provider_message_id, \
             m.reply_to, m.author, m.said_at, m.recorded_at, m.position, m.sequence, m.error_code, m.error_text, \
             m.error_class, m.error_details, m.error_trace, m.reactions, m.reaction_to, m.edited_at, m.revoked_at, \
             m.pricing_billable, m.pricing_model, m.pricing_type, m.pricing_category, ",
            $crate::sql::decode::outbox_columns!()
        )
    };
}
pub(crate) use select_message_head;

/// A status that came before its message, its key first, the rest as [`early`] reads it.
macro_rules! select_early {
    () => {
        "SELECT e.tenant, e.number, e.provider_message_id, e.status, e.at, e.error_code, e.error_text, e.error_class, \
         e.error_details, e.error_trace, e.pricing_billable, e.pricing_model, e.pricing_type, e.pricing_category, e.stops, \
         e.recipient_kind, e.recipient, e.seen_at"
    };
}
pub(crate) use select_early;

/// A message's file, its tenant first, the rest as [`media`] reads it.
macro_rules! select_media {
    () => {
        "SELECT f.tenant, f.message, f.number, f.kind, f.provider_media_id, f.link, f.declared_mime, f.declared_sha256, \
         f.wanted_at, f.state, f.attempts, f.tries, f.due_at, f.failure, f.sha256, f.size_bytes, f.mime_type, f.changed_at"
    };
}
pub(crate) use select_media;

pub(crate) fn entity(c: &mut Columns<'_>) -> Result<Entity, Error> {
    let (kind, id) = (c.text()?, c.id::<Uuid>()?);
    Entity::of(&kind, id).ok_or_else(|| unreadable(format_args!("an entity of the kind {kind}")))
}

/// `None`: of a kind that a newer version wrote; what is of it waits for that version (C2).
pub(crate) fn known_entity(c: &mut Columns<'_>) -> Result<Option<Entity>, Error> {
    let (kind, id) = (c.text()?, c.id::<Uuid>()?);
    Ok(Entity::of(&kind, id))
}

pub(crate) fn known_entity_or_null(c: &mut Columns<'_>) -> Result<Option<Entity>, Error> {
    if c.is_null()? {
        c.skip(2);
        return Ok(None);
    }
    known_entity(c)
}

/// Every kind of entity this version knows, as SQL lists them.
pub(crate) static KNOWN_KINDS: LazyLock<String> = LazyLock::new(|| format!("'{}'", Entity::KINDS.join("', '")));

pub(crate) fn entity_or_null(c: &mut Columns<'_>) -> Result<Option<Entity>, Error> {
    if c.is_null()? {
        c.skip(2);
        return Ok(None);
    }
    entity(c).map(Some)
}

pub(crate) fn identifier(c: &mut Columns<'_>) -> Result<Identifier, Error> {
    let kind = named(c, IdentifierKind::named)?;
    Ok(Identifier::new(kind, c.text()?))
}

fn identifier_or_null(c: &mut Columns<'_>) -> Result<Option<Identifier>, Error> {
    let (kind, value) = (c.text_or_null()?, c.text_or_null()?);
    let kind = kind.as_deref().and_then(IdentifierKind::named);
    Ok(kind.zip(value).map(|(kind, value)| Identifier::new(kind, value)))
}

/// A word of a fixed list.
pub(crate) fn named<T>(c: &mut Columns<'_>, find: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
    let name = c.text()?;
    find(&name).ok_or_else(|| unreadable(format_args!("the word {name}")))
}

pub(crate) fn named_or_null<T>(c: &mut Columns<'_>, find: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
    if c.is_null()? {
        c.skip(1);
        return Ok(None);
    }
    named(c, find).map(Some)
}

/// What we wrote as JSON.
pub(crate) fn json<T: DeserializeOwned>(c: &mut Columns<'_>) -> Result<T, Error> {
    let text = c.text()?;
    // The text may hold a customer's words: the error says where, never what.
    serde_json::from_str(&text).map_err(|error| unreadable(format_args!("JSON at column {}", error.column())))
}

/// The same; null: there is nothing.
pub(crate) fn json_or_default<T: DeserializeOwned + Default>(c: &mut Columns<'_>) -> Result<T, Error> {
    if c.is_null()? {
        c.skip(1);
        return Ok(T::default());
    }
    json(c)
}

pub(crate) fn direction(c: &mut Columns<'_>) -> Result<Direction, Error> {
    named(c, |name| match name {
        "inbound" => Some(Direction::Inbound),
        "outbound" => Some(Direction::Outbound),
        _ => None,
    })
}

pub(crate) const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

/// Code, text, class, details and trace.
pub(crate) fn send_error(c: &mut Columns<'_>) -> Result<Option<SendError>, Error> {
    let (code, text, class) = (c.int_or_null()?, c.text_or_null()?, c.text_or_null()?);
    let (details, trace) = (c.text_or_null()?, c.text_or_null()?);
    // Written by a version that knew no classes, or by one that knows more.
    let class = class.as_deref().and_then(ErrorClass::named).unwrap_or_default();
    Ok(code.map(|code| SendError { code, class, text: text.unwrap_or_default(), details, trace }))
}

/// Billable, model, type and category; null in all four where nothing was said.
pub(crate) fn pricing(c: &mut Columns<'_>) -> Result<Option<Pricing>, Error> {
    let pricing = Pricing {
        billable: c.int_or_null()?.map(|billable| billable != 0),
        model: c.text_or_null()?,
        kind: c.text_or_null()?,
        category: c.text_or_null()?,
    };
    Ok((pricing != Pricing::default()).then_some(pricing))
}

pub(crate) fn inbox(c: &mut Columns<'_>) -> Result<InboxRecord, Error> {
    let (number, entity) = (c.id_or_null()?, entity_or_null(c)?);
    let source = source(number, entity, c.blob()?)?;
    Ok(InboxRecord {
        source,
        received_at: c.time()?,
        tries: c.int()?,
        correlation: c.id()?,
        held: c.bool()?,
        suspect: c.text_or_null()?,
    })
}

fn source(number: Option<NumberId>, entity: Option<Entity>, raw: Vec<u8>) -> Result<InboxSource, Error> {
    match (number, entity) {
        (Some(number), _) => Ok(InboxSource::Provider { number, raw }),
        (None, Some(entity)) => Ok(InboxSource::Tell { entity, item: raw }),
        (None, None) => Err(unreadable("an inbox row of nobody")),
    }
}

pub(crate) fn dead_letter(c: &mut Columns<'_>) -> Result<DeadRecord, Error> {
    let (number, entity) = (c.id_or_null()?, entity_or_null(c)?);
    let source = source(number, entity, c.blob()?)?;
    let item = InboxRecord {
        source,
        received_at: c.time()?,
        tries: c.int()?,
        correlation: c.id()?,
        held: false,
        suspect: None,
    };
    Ok(DeadRecord { item, entity, reason: c.text()?, detail: c.text()?, parked_at: c.time()? })
}

pub(crate) fn thread(c: &mut Columns<'_>) -> Result<ThreadRecord, Error> {
    Ok(ThreadRecord { number: c.id()?, contact: c.id()?, created_at: c.time()? })
}

pub(crate) fn agent(c: &mut Columns<'_>) -> Result<AgentRecord, Error> {
    Ok(AgentRecord {
        chosen: named(c, Chosen::named)?,
        reason: c.text_or_null()?,
        since: c.time()?,
        capacity_units: c.int()?,
        last_assigned_at: c.time_or_null()?,
        last_release_at: c.time_or_null()?,
        misses: c.int()?,
    })
}

pub(crate) fn address(c: &mut Columns<'_>) -> Result<AddressRecord, Error> {
    Ok(AddressRecord { thread: c.id()?, contact: c.id()?, seen_at: c.time()?, retired_at: c.time_or_null()? })
}

/// Kind, value, when it was seen and when it was left: an address as identity knows it.
pub(crate) fn known_address(c: &mut Columns<'_>) -> Result<Address, Error> {
    Ok(Address { identifier: identifier(c)?, seen_at: c.time()?, retired_at: c.time_or_null()? })
}

pub(crate) fn early(c: &mut Columns<'_>) -> Result<EarlyRecord, Error> {
    Ok(EarlyRecord {
        status: named(c, Status::named)?,
        at: c.time()?,
        error: send_error(c)?,
        pricing: pricing(c)?,
        // A reason that only a newer version knows stops nothing here.
        stops: c.text_or_null()?.as_deref().and_then(StopReason::named),
        recipient: identifier_or_null(c)?,
        seen_at: c.time()?,
    })
}

/// A row of the outbox, from its message on.
pub(crate) fn outbox(c: &mut Columns<'_>) -> Result<OutboxRecord, Error> {
    Ok(OutboxRecord {
        outgoing: Outgoing {
            message: c.id()?,
            number: c.id()?,
            thread: c.id()?,
            class: named(c, Class::named)?,
            owner_epoch: c.int()?,
        },
        state: named(c, SendState::named)?,
        attempts: c.int()?,
        not_before: c.time_or_null()?,
        error: send_error(c)?,
        changed_at: c.time()?,
        position: c.int()?,
        ordinal: c.int()?,
    })
}

pub(crate) fn media(c: &mut Columns<'_>) -> Result<MediaRecord, Error> {
    Ok(MediaRecord {
        wanted: WantedMedia {
            message: c.id()?,
            number: c.id()?,
            kind: named(c, MediaKind::named)?,
            source: MediaReference { provider_media_id: c.text_or_null()?, link: c.text_or_null()? },
            declared_mime: c.text_or_null()?,
            declared_sha256: c.text_or_null()?,
            wanted_at: c.time()?,
        },
        state: named(c, MediaState::named)?,
        attempts: c.int()?,
        tries: c.int()?,
        due_at: c.time()?,
        failure: named_or_null(c, MediaFailure::named)?,
        file: kept_media(c)?,
        changed_at: c.time()?,
    })
}

/// Hash, size and type; null in all three where the file is not here.
pub(crate) fn kept_media(c: &mut Columns<'_>) -> Result<Option<KeptMedia>, Error> {
    let (sha256, size_bytes, mime_type) = (c.text_or_null()?, c.int_or_null()?, c.text_or_null()?);
    let (Some(sha256), Some(size_bytes), Some(mime_type)) = (sha256, size_bytes, mime_type) else { return Ok(None) };
    Ok(Some(KeptMedia { sha256: sha256.parse().map_err(unreadable)?, size_bytes, mime_type }))
}

/// Puts a message and its row of the outbox where the judge finds them.
pub(super) fn message_head(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let (tenant, id): (Uuid, MessageId) = (c.id()?, c.id()?);
    let record = MessageRecord {
        thread: c.id()?,
        conversation: c.id()?,
        number: c.id()?,
        direction: direction(c)?,
        status: named(c, Status::named)?,
        content: None,
        provider_message_id: c.text_or_null()?,
        reply_to: c.text_or_null()?,
        author: c.id_or_null()?,
        said_at: c.time()?,
        recorded_at: c.time()?,
        position: c.int()?,
        sequence: c.int()?,
        error: send_error(c)?,
        reactions: json(c)?,
        reaction_to: c.id_or_null()?,
        edited_at: c.time_or_null()?,
        revoked_at: c.time_or_null()?,
        pricing: pricing(c)?,
        context: MessageContext::default(),
        versions: Vec::new(),
    };
    tables.known_message(tenant, id, record);
    if !c.is_null()? {
        tables.outbox.known((tenant, id), outbox(c)?);
    }
    Ok(())
}
