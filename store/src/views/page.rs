//! Pages by key: the next page begins after the last row of this one, however many rows came in between.

use uuid::Uuid;

/// Where a page ended: the value that rows are ordered by, and the id that decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub key: i64,
    pub id: Uuid,
}

/// Some rows, and where the next ones begin; no cursor: there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<Cursor>,
}

/// More than this is never read at once.
const LONGEST: u32 = 200;

/// How many rows to read for a page: one more than it shows tells whether there is a next one.
pub(super) fn to_read(limit: u32) -> i64 {
    i64::from(limit.clamp(1, LONGEST)) + 1
}

impl<T> Page<T> {
    /// Cuts the page from the rows that were read for it.
    pub(super) fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let shown = limit.clamp(1, LONGEST) as usize;
        let more = rows.len() > shown;
        rows.truncate(shown);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        let at = |n: &i64| Cursor { key: *n, id: Uuid::nil() };
        assert_eq!(Page::cut(vec![1, 2, 3], 2, at).next, Some(Cursor { key: 2, id: Uuid::nil() }));
        assert_eq!(Page::cut(vec![1, 2], 2, at).next, None);
    }
}
