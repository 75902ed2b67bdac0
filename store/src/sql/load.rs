//! Reads what a batch must know: all that its jobs name at once, then what only the answers name.

mod early;

use super::decode::{self, select_agent, select_inbox, select_media, select_message_head};
use super::known::Known;
use super::prefetch::{PrefetchKeys, entity_values, rows};
use super::{BatchedQueries, Columns, Connection, Error, values};
use super::{access, clocks, projections, records, seen, unmatched};
use crate::judge::{Job, addressee};
use crate::records::{
    ContactRecord, Cursor, InboxRecord, MarketingRecord, ReadMarkRecord, ResultRecord, StartRecord, StateRecord, Tables,
};
use crate::views::conversations::{conversation_columns, conversation_row};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::marketing::Marketing;
use dashoffice_domain::ids::{ConversationId, MessageId, NumberId, ThreadId};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// What is `known` is not read.
pub(super) async fn load(db: &mut Connection, jobs: &[Arc<Job>], known: &mut Known) -> Result<Tables, Error> {
    let mut prefetch = PrefetchKeys::of(jobs);
    let mut tables = Tables::default();
    known.answer(&mut prefetch, &mut tables);
    if prefetch.interrupted {
        interrupted(db, &mut tables).await?;
    }
    let mut queries = BatchedQueries::default();
    fences(&prefetch, &mut queries);
    takes(&prefetch, &mut queries);
    clocks::ask(&prefetch, &mut queries);
    claims(&prefetch, &mut queries);
    dedupe(&prefetch.dedupe, &mut queries);
    unmatched::ask(&prefetch.unmatched, &mut queries);
    messages(&prefetch, &mut queries);
    files(&prefetch, &mut queries);
    read_marks(&prefetch, &mut queries);
    early::early(&prefetch, &mut queries);
    if early::may_have_early_changes(db, &prefetch, known).await? {
        early::early_changes(&prefetch, &mut queries);
    }
    marketing(&prefetch, &mut queries);
    contacts(&prefetch, &mut queries);
    access::ask(&prefetch.access, &mut queries);
    records::ask(&prefetch.records, &mut queries);
    projections::ask(&prefetch.projections, &mut queries);
    queries.answer(db, &mut tables).await?;
    // What only the answers tell is needed.
    let mut queries = BatchedQueries::default();
    dedupe(&unmatched::load(db, &prefetch.unmatched, &mut tables).await?, &mut queries);
    targets(&tables, &mut queries);
    recipients(jobs, &prefetch, &tables, &mut queries);
    words(&prefetch, &tables, &mut queries);
    self::cursors(&clocks::tenants(&prefetch, &mut tables, &known.cursors), &mut queries);
    queries.answer(db, &mut tables).await?;
    if let Some(since) = prefetch.starts_since {
        let sql = "SELECT instance, started_at, stopped_at FROM process_start WHERE started_at >= $1";
        for row in db.rows(sql, values![Timestamp(since)]).await? {
            let mut c = row.columns();
            tables.starts.known(c.id()?, StartRecord { started_at: c.time()?, stopped_at: c.time_or_null()? });
        }
    }
    Ok(tables)
}

fn cursors(tenants: &BTreeSet<Uuid>, queries: &mut BatchedQueries) {
    let sql =
        "SELECT t.tenant, t.position, t.inbox_position FROM k CROSS JOIN tenant_cursor t WHERE t.tenant = k.tenant";
    queries.ask(&["tenant"], rows(tenants, |tenant| values![*tenant]), sql, |c, tables| {
        tables.cursors.known(c.id()?, Cursor { position: c.int()?, inbox_position: c.int()? });
        Ok(())
    });
}

fn fences(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    cursors(&prefetch.cursors, queries);
    let keys = rows(&prefetch.states, |(tenant, entity)| entity_values(*tenant, *entity));
    let sql = "SELECT s.tenant, s.entity_kind, s.entity_id, s.sequence, s.schema_version FROM k CROSS JOIN entity_state s \
               WHERE s.tenant = k.tenant AND s.entity_kind = k.entity_kind AND s.entity_id = k.entity_id";
    queries.ask(&["tenant", "entity_kind", "entity_id"], keys, sql, |c, tables| {
        let (tenant, entity) = (c.id()?, decode::entity(c)?);
        // The body is not read: a commit that touches the row brings the whole of it.
        let state = StateRecord { sequence: c.int()?, schema_version: c.int()?, body: Vec::new() };
        tables.states.known((tenant, entity), state);
        Ok(())
    });
    let keys = rows(&prefetch.guards, |(tenant, name)| values![*tenant, name]);
    let sql =
        "SELECT g.tenant, g.name, g.value FROM k CROSS JOIN guard g WHERE g.tenant = k.tenant AND g.name = k.name";
    queries.ask(&["tenant", "name"], keys, sql, |c, tables| {
        tables.guards.known((c.id()?, c.text()?), c.int()?);
        Ok(())
    });
    let keys = rows(&prefetch.agents, |(tenant, agent)| values![*tenant, *agent]);
    let sql = concat!(select_agent!(), " FROM k CROSS JOIN agent a WHERE a.tenant = k.tenant AND a.id = k.id");
    queries.ask(&["tenant", "id"], keys, sql, |c, tables| {
        let key = (c.id()?, c.id()?);
        tables.agents.known(key, decode::agent(c)?);
        Ok(())
    });
}

fn takes(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.taken, |(tenant, position)| values![*tenant, *position]);
    let sql =
        "SELECT i.tenant, i.position FROM k CROSS JOIN inbox i WHERE i.tenant = k.tenant AND i.position = k.position";
    queries.ask(&["tenant", "position"], keys, sql, |c, tables| {
        tables.inbox.known((c.id()?, c.int()?), InboxRecord::taken());
        Ok(())
    });
    let keys = rows(&prefetch.inbox, |(tenant, position)| values![*tenant, *position]);
    let sql =
        concat!(select_inbox!(), " FROM k CROSS JOIN inbox i WHERE i.tenant = k.tenant AND i.position = k.position");
    queries.ask(&["tenant", "position"], keys, sql, |c, tables| {
        let key = (c.id()?, c.int()?);
        tables.inbox.known(key, decode::inbox(c)?);
        Ok(())
    });
    let keys = rows(&prefetch.dead, |(tenant, position)| values![*tenant, *position]);
    let sql = "SELECT d.tenant, d.position, d.number, d.entity_kind, d.entity_id, d.raw, d.received_at, d.tries, \
               d.correlation, d.reason, d.detail, d.parked_at FROM k CROSS JOIN dead_letter d \
               WHERE d.tenant = k.tenant AND d.position = k.position";
    queries.ask(&["tenant", "position"], keys, sql, |c, tables| {
        let key = (c.id()?, c.int()?);
        tables.dead.known(key, decode::dead_letter(c)?);
        Ok(())
    });
}

/// An address, its key first, the rest as [`decode::address`] reads it.
macro_rules! select_address {
    () => {
        "SELECT a.tenant, a.number, a.kind, a.value, a.thread, a.contact, a.seen_at, a.retired_at"
    };
}

fn claims(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.results, |(tenant, principal, key)| values![*tenant, *principal, *key]);
    let sql = "SELECT r.tenant, r.principal, r.command_key FROM k CROSS JOIN command_result r \
               WHERE r.tenant = k.tenant AND r.principal = k.principal AND r.command_key = k.command_key";
    queries.ask(&["tenant", "principal", "command_key"], keys, sql, |c, tables| {
        let there = ResultRecord { fingerprint: [0; 32], answer: Vec::new(), at: Timestamp::default() };
        tables.results.known((c.id()?, c.id()?, c.id()?), there);
        Ok(())
    });
    addresses(&prefetch.addresses, queries);
    addresses_of(&prefetch.addresses_of_threads, queries);
}

fn addresses(of: &BTreeSet<(Uuid, NumberId, Identifier)>, queries: &mut BatchedQueries) {
    let keys =
        rows(of, |(tenant, number, identifier)| values![*tenant, *number, identifier.kind.name(), &identifier.value]);
    let sql = concat!(
        select_address!(),
        " FROM k CROSS JOIN address a \
         WHERE a.tenant = k.tenant AND a.number = k.number AND a.kind = k.kind AND a.value = k.value"
    );
    queries.ask(&["tenant", "number", "kind", "value"], keys, sql, address);
}

fn addresses_of(threads: &BTreeSet<(Uuid, ThreadId)>, queries: &mut BatchedQueries) {
    let keys = rows(threads, |(tenant, thread)| values![*tenant, *thread]);
    let sql =
        concat!(select_address!(), " FROM k CROSS JOIN address a WHERE a.tenant = k.tenant AND a.thread = k.thread");
    queries.ask(&["tenant", "thread"], keys, sql, address);
}

fn address(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let key = (c.id()?, c.id()?, decode::identifier(c)?);
    tables.known_address(key, decode::address(c)?);
    Ok(())
}

fn dedupe(keys: &BTreeSet<(Uuid, String)>, queries: &mut BatchedQueries) {
    queries.ask(seen::KEY, rows(keys, |(tenant, key)| seen::key(*tenant, key)), seen::SEEN, seen::read);
}

/// Messages without their words, each with its row of the outbox.
fn messages(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    macro_rules! read {
        ($columns:expr, $keys:expr, $from:literal) => {
            let sql = concat!(
                select_message_head!(),
                " FROM k ",
                $from,
                " LEFT JOIN outbox o ON o.tenant = m.tenant AND o.message = m.id"
            );
            queries.ask($columns, $keys, sql, decode::message_head);
        };
    }
    let keys = rows(&prefetch.messages, |(tenant, message)| values![*tenant, *message]);
    read!(&["tenant", "id"], keys, "INNER JOIN message m ON m.tenant = k.tenant AND m.id = k.id");
    let keys = rows(&prefetch.messages_by_provider_id, |(tenant, number, id)| values![*tenant, *number, id]);
    read!(
        &["tenant", "number", "id"],
        keys,
        "INNER JOIN message m ON m.tenant = k.tenant AND m.number = k.number AND m.provider_message_id = k.id"
    );
    let keys = rows(&prefetch.messages_of_threads, |(tenant, thread, id)| values![*tenant, *thread, id]);
    let sql = "SELECT t.tenant, t.id, t.number, t.contact, t.created_at FROM k CROSS JOIN thread t \
               WHERE t.tenant = k.tenant AND t.id = k.id";
    queries.ask(&["tenant", "id", "provider_id"], keys.clone(), sql, |c, tables| {
        let key = (c.id()?, c.id()?);
        tables.threads.known(key, decode::thread(c)?);
        Ok(())
    });
    read!(
        &["tenant", "id", "provider_id"],
        keys,
        "INNER JOIN thread t ON t.tenant = k.tenant AND t.id = k.id \
         INNER JOIN message m ON m.tenant = t.tenant AND m.number = t.number AND m.provider_message_id = k.provider_id"
    );
    let keys = rows(&prefetch.pending_of_threads, |(tenant, thread)| values![*tenant, *thread]);
    read!(
        &["tenant", "thread"],
        keys,
        "INNER JOIN outbox p ON p.tenant = k.tenant AND p.thread = k.thread \
         INNER JOIN message m ON m.tenant = p.tenant AND m.id = p.message"
    );
}

fn files(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.media, |(tenant, message)| values![*tenant, *message]);
    let sql =
        concat!(select_media!(), " FROM k CROSS JOIN media f WHERE f.tenant = k.tenant AND f.message = k.message");
    queries.ask(&["tenant", "message"], keys, sql, |c, tables| {
        let tenant = c.id()?;
        let record = decode::media(c)?;
        tables.media.known((tenant, record.wanted.message), record);
        Ok(())
    });
}

/// The messages that the reactions at hand are about: one that fails is taken back there.
fn targets(tables: &Tables, queries: &mut BatchedQueries) {
    let about = tables.messages().iter().filter_map(|((tenant, _), row)| Some((*tenant, row.reaction_to?)));
    let keys: BTreeSet<(Uuid, MessageId)> = about.filter(|key| !tables.messages().has(key)).collect();
    let sql = concat!(
        select_message_head!(),
        " FROM k INNER JOIN message m ON m.tenant = k.tenant AND m.id = k.id \
         LEFT JOIN outbox o ON o.tenant = m.tenant AND o.message = m.id"
    );
    let keys = rows(&keys, |(tenant, message)| values![*tenant, *message]);
    queries.ask(&["tenant", "id"], keys, sql, decode::message_head);
}

/// What else the customers are known by to whom a status gives a name that nobody has yet.
fn recipients(jobs: &[Arc<Job>], prefetch: &PrefetchKeys, tables: &Tables, queries: &mut BatchedQueries) {
    let mut keys: BTreeSet<(Uuid, ThreadId)> = BTreeSet::new();
    let mut names: BTreeSet<(Uuid, NumberId, Identifier)> = BTreeSet::new();
    // A status that came before its message gave the name, too.
    for (tenant, message, id) in &prefetch.early_changes_of_messages {
        let Some(known) = tables.messages().get(&(*tenant, *message)) else { continue };
        let early = tables.early.get(&(*tenant, known.number, id.clone()));
        if let Some(identifier) = early.and_then(|early| early.recipient.clone()) {
            keys.insert((*tenant, known.thread));
            names.insert((*tenant, known.number, identifier));
        }
    }
    addresses(&names, queries);
    for job in jobs {
        let Job::Accept { tenant, delivery } = job.as_ref() else { continue };
        for status in &delivery.statuses {
            let Some(identifier) = &status.recipient else { continue };
            if !tables.addresses().has(&(*tenant, status.number, identifier.clone()))
                && let Some(message) = addressee(tables, *tenant, status)
                && let Some(known) = tables.messages().get(&(*tenant, message))
            {
                keys.insert((*tenant, known.thread));
            }
        }
    }
    addresses_of(&keys, queries);
}

/// The words of the messages that are changed, and the lines of the list that may show them.
fn words(prefetch: &PrefetchKeys, tables: &Tables, queries: &mut BatchedQueries) {
    let changed = prefetch.messages_of_threads.iter().filter_map(|(tenant, thread, id)| {
        let number = tables.threads.get(&(*tenant, *thread))?.number;
        let message = tables.message_by_provider_id(*tenant, number, id)?;
        Some((*tenant, message, tables.messages().get(&(*tenant, message))?.conversation))
    });
    // Of what came before the provider named a message of ours, an edit needs its words, too.
    let named = prefetch.early_changes_of_messages.iter().filter_map(|(tenant, message, id)| {
        let known = tables.messages().get(&(*tenant, *message))?;
        let waits = tables.early_changes.has(&(*tenant, known.thread, id.clone()));
        waits.then_some((*tenant, *message, known.conversation))
    });
    let changed: BTreeSet<(Uuid, MessageId, ConversationId)> = changed.chain(named).collect();
    let keys = rows(&changed, |(tenant, message, _)| values![*tenant, *message]);
    let sql = "SELECT m.tenant, m.id, m.content, m.versions FROM k INNER JOIN message m ON m.tenant = k.tenant AND m.id = k.id";
    queries.ask(&["tenant", "id"], keys, sql, |c, tables| {
        let (tenant, id) = (c.id()?, c.id()?);
        let (content, versions) = (decode::json(c)?, decode::json_or_default(c)?);
        tables.known_words(tenant, id, content, versions);
        Ok(())
    });
    let lines: BTreeSet<(Uuid, ConversationId)> =
        changed.iter().map(|(tenant, _, conversation)| (*tenant, *conversation)).collect();
    let keys = rows(&lines, |(tenant, conversation)| values![*tenant, *conversation]);
    let sql = concat!(
        conversation_columns!(),
        ", c.tenant FROM k INNER JOIN conversation c ON c.tenant = k.tenant AND c.id = k.id"
    );
    queries.ask(&["tenant", "id"], keys, sql, |c, tables| {
        let row = conversation_row(c)?;
        tables.conversations.known((c.id()?, row.id), row);
        Ok(())
    });
}

fn read_marks(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.read_marks, |(tenant, thread)| values![*tenant, *thread]);
    let sql = "SELECT r.tenant, r.thread, r.number, r.message FROM k CROSS JOIN read_mark r \
               WHERE r.tenant = k.tenant AND r.thread = k.thread";
    queries.ask(&["tenant", "thread"], keys, sql, |c, tables| {
        tables.read_marks.known((c.id()?, c.id()?), ReadMarkRecord { number: c.id()?, message: c.id()? });
        Ok(())
    });
}

fn contacts(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.contacts, |(tenant, contact)| values![*tenant, *contact]);
    let sql = "SELECT c.tenant, c.id, c.name, c.username, c.seen_at FROM k CROSS JOIN contact c \
               WHERE c.tenant = k.tenant AND c.id = k.id";
    queries.ask(&["tenant", "id"], keys, sql, |c, tables| {
        let key = (c.id()?, c.id()?);
        let record = ContactRecord { name: c.text_or_null()?, username: c.text_or_null()?, seen_at: c.time()? };
        tables.contacts.known(key, record);
        Ok(())
    });
}

fn marketing(prefetch: &PrefetchKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.marketing, |(tenant, number, identifier)| {
        values![*tenant, *number, identifier.kind.name(), &identifier.value]
    });
    let sql = "SELECT c.tenant, c.number, c.kind, c.value, c.wants, c.said_at FROM k CROSS JOIN marketing_choice c \
               WHERE c.tenant = k.tenant AND c.number = k.number AND c.kind = k.kind AND c.value = k.value";
    queries.ask(&["tenant", "number", "kind", "value"], keys, sql, |c, tables| {
        let key = (c.id()?, c.id()?, decode::identifier(c)?);
        let record = MarketingRecord { wants: decode::named(c, Marketing::named)?, said_at: c.time()? };
        tables.marketing.known(key, record);
        Ok(())
    });
}

/// Every send that was under way, of all tenants: read once, when a new owner begins.
async fn interrupted(db: &mut Connection, tables: &mut Tables) -> Result<(), Error> {
    let sql = concat!(
        select_message_head!(),
        " FROM outbox o INNER JOIN message m ON m.tenant = o.tenant AND m.id = o.message WHERE o.state = 'sending'"
    );
    for row in db.rows(sql, Vec::new()).await? {
        decode::message_head(&mut row.columns(), tables)?;
    }
    let sql = "SELECT DISTINCT t.tenant, t.position, t.inbox_position FROM outbox o \
               INNER JOIN tenant_cursor t ON t.tenant = o.tenant WHERE o.state = 'sending'";
    for row in db.rows(sql, Vec::new()).await? {
        let mut c = row.columns();
        tables.cursors.known(c.id()?, Cursor { position: c.int()?, inbox_position: c.int()? });
    }
    Ok(())
}
