//! Records that are in every tenant and in no table, among those that are kept: filtered, in order and paged with them.

use super::records::{Archived, RecordFilter, RecordPage, RecordPlace, place};
use dashoffice_domain::record::{Kind, Record};
use dashoffice_domain::wording;
use uuid::Uuid;

/// Those that a list shows, as its statement would.
pub(super) fn listed(kind: &Kind, filter: &RecordFilter) -> Vec<Record> {
    let is_listed = |record: &Record| {
        filter.archived != Archived::Only
            && filter.equal.iter().all(|(field, value)| record.get(kind, field.name) == Some(value))
            && filter.q.iter().flat_map(|q| wording::words(q)).all(|word| has_word(kind, record, &word))
    };
    kind.built_in_records().into_iter().filter(is_listed).collect()
}

/// A word of any searched field begins so.
fn has_word(kind: &Kind, record: &Record, word: &str) -> bool {
    let searched = kind.fields.iter().zip(&record.values).filter(|(field, _)| field.is_searched());
    let mut texts = searched.filter_map(|(_, value)| value.as_text().map(wording::words));
    texts.any(|words| words.iter().any(|known| known.starts_with(word)))
}

/// A page of at most `shown` with those in it that belong there; `page` is what is kept, after the same place.
pub(super) fn among(
    page: RecordPage,
    kind: &Kind,
    filter: &RecordFilter,
    after: Option<&RecordPlace>,
    shown: usize,
) -> RecordPage {
    if kind.built_in.is_none() {
        return page;
    }
    let RecordPage { mut rows, next } = page;
    let key = |record: &Record| ordered(&place(kind, filter, record));
    let after = after.map(ordered);
    rows.extend(listed(kind, filter).into_iter().filter(|record| match &after {
        Some(after) if filter.descending => key(record) < *after,
        Some(after) => key(record) > *after,
        None => true,
    }));
    rows.sort_by_key(key);
    if filter.descending {
        rows.reverse();
    }
    let more = next.is_some() || rows.len() > shown;
    rows.truncate(shown);
    RecordPage { next: rows.last().filter(|_| more).map(|last| place(kind, filter, last)), rows }
}

/// As both databases order text and ids: byte for byte.
fn ordered(place: &RecordPlace) -> (String, Uuid) {
    (place.key.to_cell(), place.id)
}
