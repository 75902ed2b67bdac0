//! What came in by webhook: items become inbox rows once, statuses are merged at once, unmatched webhooks are kept raw (A1, A8).

use super::addresses;
use super::job::{Answer, JobResult, TenantChanges};
use super::seen::is_seen;
use super::status::{self, Author};
use super::{CommitStamp, early, rows, unmatched};
use crate::records::{EarlyRecord, InboxRecord, MarketingRecord, RawRecord, Tables};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::outgoing::StatusNews;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::marketing::MarketingChoice;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{Arrival, Delivery, InboxSource, MarketingNews, Receipt};
use uuid::Uuid;

/// When something came in, and what it is followed by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    pub(super) received_at: Timestamp,
    pub(super) correlation: Uuid,
    /// A process died with it in hand.
    pub(super) is_suspect: bool,
}

pub(super) fn judge(tables: &mut Tables, tenant: Uuid, delivery: &Delivery, stamp: CommitStamp) -> JobResult {
    let mut receipt = Receipt::default();
    let mut news = TenantChanges::of(tenant);
    let came = Came { received_at: delivery.received_at, correlation: delivery.correlation, is_suspect: false };
    for arrival in &delivery.arrivals {
        let came = Came { is_suspect: delivery.suspects.contains(&arrival.dedupe_key), ..came };
        if arrive(tables, tenant, arrival, came, stamp, &mut news) {
            receipt.accepted += 1;
        } else {
            receipt.duplicates += 1;
        }
    }
    let author = Author {
        tenant,
        term: stamp.term,
        at: stamp.now,
        actor: Principal::SYSTEM,
        cause: delivery.correlation,
        correlation: delivery.correlation,
    };
    for status in &delivery.statuses {
        if let Some(message) = addressee(tables, tenant, status) {
            receipt.merged += 1;
            hear(tables, &author, message, status, &mut news);
        } else {
            receipt.early += 1;
            keep_early(tables, tenant, status, stamp);
        }
    }
    for (number, account_ref) in &delivery.accounts {
        tables.accounts.put((tenant, *number), account_ref.clone());
    }
    for unmatched in &delivery.unmatched {
        match unmatched::keep(tables, tenant, unmatched, came, stamp, &mut news) {
            None => {}
            Some(true) => receipt.accepted += 1,
            Some(false) => receipt.duplicates += 1,
        }
    }
    for told in &delivery.news {
        if unmatched::is_known(tables, tenant, told.dedupe_key(), stamp) {
            receipt.duplicates += 1;
            continue;
        }
        tables.keep_raw(RawRecord {
            tenant,
            number: told.number,
            app: Some(told.app),
            number_ref: None,
            item_key: None,
            correlation: Some(came.correlation),
            news: Some(told.kind.clone()),
            account_ref: told.account_ref.clone(),
            reason: told.kind.clone(),
            raw: told.raw.clone(),
            kept_at: stamp.now,
        });
    }
    for told in &delivery.marketing {
        choose(tables, tenant, told);
    }
    JobResult { answer: Answer::Receipt(Ok(receipt)), news: vec![news] }
}

/// Of what a customer said about marketing the last word counts, for everything they are known by on this number.
fn choose(tables: &mut Tables, tenant: Uuid, told: &MarketingNews) {
    let MarketingChoice { identifiers, wants, said_at } = &told.choice;
    for identifier in identifiers {
        let key = (tenant, told.number, identifier.clone());
        if tables.marketing.get(&key).is_none_or(|known| known.said_at <= *said_at) {
            tables.marketing.put(key, MarketingRecord { wants: *wants, said_at: *said_at });
        }
    }
}

/// False: it was here before.
pub(super) fn arrive(
    tables: &mut Tables,
    tenant: Uuid,
    arrival: &Arrival,
    came: Came,
    stamp: CommitStamp,
    news: &mut TenantChanges,
) -> bool {
    let key = (tenant, arrival.dedupe_key.clone());
    if is_seen(tables, tenant, &key.1) {
        return false;
    }
    tables.dedupe.put(key, stamp.now.0);
    let position = tables.next_inbox_position(tenant);
    let record = InboxRecord {
        source: InboxSource::Provider { number: arrival.number, raw: arrival.raw.clone() },
        received_at: came.received_at,
        tries: 0,
        correlation: came.correlation,
        held: false,
        suspect: came.is_suspect.then(|| arrival.dedupe_key.clone()),
    };
    news.arrivals.push((position, record.received_at));
    tables.inbox.put((tenant, position), record);
    true
}

/// The message a status speaks of: by the provider's id within the number, or by the correlation id we sent along.
pub(crate) fn addressee(tables: &Tables, tenant: Uuid, status: &StatusNews) -> Option<MessageId> {
    tables.message_by_provider_id(tenant, status.number, &status.provider_message_id).or_else(|| {
        let message = status.message?;
        let known = tables.messages().get(&(tenant, message))?;
        (known.number == status.number).then_some(message)
    })
}

fn hear(tables: &mut Tables, author: &Author, message: MessageId, status: &StatusNews, news: &mut TenantChanges) {
    let was_named = is_named(tables, author.tenant, message);
    let learned = status::learn_provider_id(tables, author, message, &status.provider_message_id);
    status::price(tables, author.tenant, message, status.status, status.pricing.clone());
    news.rows.extend(learned.recipient);
    let told = status::merge(tables, author.tenant, message, status.status, status.error.as_ref());
    if learned.moved || told {
        news.events.extend(status::moved(tables, author, message));
        status::tell_thread(tables, author, message, news);
    } else if !was_named && is_named(tables, author.tenant, message) {
        news.events.extend(status::named(tables, author, message));
    }
    if let Some(reason) = status.stops.filter(|_| told).or(learned.stops) {
        news.events.extend(status::refused(tables, author, message, reason));
    }
    if early::apply(tables, author.tenant, message, &status.provider_message_id) {
        rows::follow(tables, author.tenant, message);
        news.events.extend(status::overtaken(tables, author, message));
    }
    if let Some(target) = status::tell_target(tables, author.tenant, message) {
        news.events.extend(status::changed(tables, author, message, target));
    }
    status::finish_send(tables, author.tenant, message);
    if let Some(recipient) = &status.recipient
        && let Some(thread) = tables.messages().get(&(author.tenant, message)).map(|known| known.thread)
    {
        news.rows.extend(addresses::learn(tables, author.tenant, thread, status.number, recipient, author.at));
    }
}

fn is_named(tables: &Tables, tenant: Uuid, message: MessageId) -> bool {
    tables.messages().get(&(tenant, message)).is_some_and(|known| known.provider_message_id.is_some())
}

fn keep_early(tables: &mut Tables, tenant: Uuid, status: &StatusNews, stamp: CommitStamp) {
    let key = (tenant, status.number, status.provider_message_id.clone());
    let Some(early) = tables.early.get(&key) else {
        let StatusNews { status, at, error, stops, pricing, recipient, .. } = status.clone();
        return tables.early.put(key, EarlyRecord { status, at, error, pricing, stops, recipient, seen_at: stamp.now });
    };
    let (known, merged) = (early.status, early.status.merged(status.status));
    let is_named = early.recipient.is_some() || status.recipient.is_none();
    if merged == known && is_named {
        return;
    }
    let Some(early) = tables.early.change(&key) else { return };
    if !is_named {
        early.recipient.clone_from(&status.recipient);
    }
    if merged != known {
        (early.status, early.at, early.stops) = (merged, status.at, status.stops);
        early.error.clone_from(&status.error);
        let before = early.pricing.take().unwrap_or_default();
        let after = before.and_then(status.pricing.clone().unwrap_or_default());
        early.pricing = (after != Pricing::default()).then_some(after);
    }
}
