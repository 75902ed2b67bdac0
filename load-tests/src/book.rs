//! The book of a run: when each message was due, was posted, was answered and was first seen, by the number in its text.

use hdrhistogram::Histogram;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering::Relaxed};
use tokio::time::Instant;

/// One message. Instants are µs since the book was opened, 0: not yet.
#[derive(Debug, Default)]
struct Row {
    customer: AtomicU32,
    due: AtomicI64,
    posted: AtomicI64,
    answered: AtomicI64,
    seen: AtomicI64,
}

/// A message as the book knows it; `None`: that has not happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: usize,
    pub customer: u32,
    pub due: i64,
    pub posted: Option<i64>,
    pub answered: Option<i64>,
    pub seen: Option<i64>,
}

/// Every message of a run, written to by everybody at once. Its size is its bound: whoever wants to say more opens a larger one.
#[derive(Debug)]
pub struct Book {
    opened: Instant,
    /// What marks the texts of this run and book, such as `load-0fe3`.
    mark: String,
    rows: Vec<Row>,
    taken: AtomicUsize,
}

impl Book {
    /// An empty book for `most` messages.
    pub fn new(opened: Instant, mark: String, most: usize) -> Self {
        let rows = std::iter::repeat_with(Row::default).take(most).collect();
        Self { opened, mark, rows, taken: AtomicUsize::new(0) }
    }

    /// µs since it was opened, never 0.
    pub fn now(&self) -> i64 {
        i64::try_from(self.opened.elapsed().as_micros()).unwrap_or(i64::MAX).max(1)
    }

    /// Takes the next number for a message of `customer` that is due at `due`; `None`: the book is full.
    pub fn takes(&self, customer: u32, due: i64) -> Option<usize> {
        let number = self.taken.fetch_add(1, Relaxed);
        let row = self.rows.get(number)?;
        row.customer.store(customer, Relaxed);
        row.due.store(due.max(1), Relaxed);
        Some(number)
    }

    /// How many numbers are taken.
    pub fn len(&self) -> usize {
        self.taken.load(Relaxed).min(self.rows.len())
    }

    /// How many found no room: what the figures do not know.
    pub fn turned_away(&self) -> usize {
        self.taken.load(Relaxed).saturating_sub(self.rows.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands in the text of a message: its number first, and then what makes it as long as people's are.
    pub fn text(&self, number: usize) -> String {
        format!("{}-{number} Bom dia! Meu pedido ainda não chegou, pode ver para mim?", self.mark)
    }

    /// The number in a text, or in the beginning of one; `None`: not of this book.
    pub fn number_in(&self, text: &str) -> Option<usize> {
        let digits = text.strip_prefix(self.mark.as_str())?.strip_prefix('-')?;
        let end = digits.find(|letter: char| !letter.is_ascii_digit())?;
        digits[..end].parse().ok().filter(|number| *number < self.len())
    }

    /// The first time counts, of each.
    pub fn posted(&self, number: usize) {
        self.first(number, |row| &row.posted);
    }

    pub fn answered(&self, number: usize) {
        self.first(number, |row| &row.answered);
    }

    pub fn seen(&self, number: usize) {
        self.first(number, |row| &row.seen);
    }

    fn first(&self, number: usize, field: impl Fn(&Row) -> &AtomicI64) {
        if let Some(row) = self.rows.get(number) {
            // Whoever was earlier stays.
            let _ = field(row).compare_exchange(0, self.now(), Relaxed, Relaxed);
        }
    }

    /// The messages with these numbers.
    pub fn entries(&self, numbers: Range<usize>) -> impl Iterator<Item = Entry> + '_ {
        let happened = |field: &AtomicI64| Some(field.load(Relaxed)).filter(|at| *at != 0);
        let end = numbers.end.min(self.len());
        (numbers.start.min(end)..end).map(move |number| {
            let row = &self.rows[number];
            Entry {
                number,
                customer: row.customer.load(Relaxed),
                due: row.due.load(Relaxed),
                posted: happened(&row.posted),
                answered: happened(&row.answered),
                seen: happened(&row.seen),
            }
        })
    }

    /// How long it took, counted from when each message was *due*, whenever it really left: a sender that is held up must not
    /// hide what held it up.
    pub fn latency(&self, numbers: Range<usize>, of: impl Fn(&Entry) -> Option<i64>) -> Latency {
        let mut latency = Latency::default();
        for entry in self.entries(numbers) {
            if let Some(at) = of(&entry) {
                latency.record(at - entry.due);
            }
        }
        latency
    }

    /// How many, and how many a second, from when the first was due to when the last had come that far.
    pub fn throughput(&self, numbers: Range<usize>, of: impl Fn(&Entry) -> Option<i64>) -> (usize, f64) {
        let (mut count, mut first, mut last) = (0_usize, i64::MAX, 0);
        for entry in self.entries(numbers) {
            first = first.min(entry.due);
            if let Some(at) = of(&entry) {
                count += 1;
                last = last.max(at);
            }
        }
        let took_s = (last - first).max(1) as f64 / 1e6;
        (count, if count == 0 { 0.0 } else { count as f64 / took_s })
    }
}

/// How long something took, in many cases: µs, to three digits, up to ten minutes.
#[derive(Clone, Debug)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order"))
    }
}

impl Latency {
    pub fn record(&mut self, took_us: i64) {
        self.0.saturating_record(took_us.max(1).unsigned_abs());
    }

    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Milliseconds at this share of the cases, such as 0.99.
    pub fn at(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1e3
    }

    pub fn max(&self) -> f64 {
        self.0.max() as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn latency_counts_from_when_a_message_was_due_however_late_it_left() {
        let book = Book::new(Instant::now(), "load-7".into(), 2);
        let number = book.takes(3, 1_000).unwrap();
        tokio::time::advance(Duration::from_millis(11)).await;
        book.posted(number);
        tokio::time::advance(Duration::from_millis(1)).await;
        book.answered(number);
        tokio::time::advance(Duration::from_secs(1)).await;
        book.answered(number);
        let latency = book.latency(0..2, |entry| entry.answered);
        assert_eq!(latency.count(), 1);
        assert!((latency.max() - 11.0).abs() < 0.1, "{}", latency.max());
        let entry = book.entries(0..9).next().unwrap();
        assert_eq!((entry.customer, entry.posted, entry.seen), (3, Some(11_000), None));
    }

    #[tokio::test]
    async fn a_number_is_read_from_texts_of_this_book_alone() {
        let book = Book::new(Instant::now(), "load-7".into(), 13);
        let other = Book::new(Instant::now(), "load-77".into(), 13);
        for _ in 0..13 {
            book.takes(1, 1).unwrap();
            other.takes(1, 1).unwrap();
        }
        assert_eq!(book.takes(1, 1), None, "a full book takes no more");
        assert_eq!((book.len(), book.turned_away(), other.turned_away()), (13, 1, 0));
        assert_eq!(book.number_in(&book.text(12)), Some(12));
        assert_eq!(book.number_in(&other.text(12)), None);
        for foreign in ["", "load-7", "load-7-", "load-7-1", "load-7-99 words", "Bom dia"] {
            assert_eq!(book.number_in(foreign), None, "{foreign}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throughput_ends_with_the_last_that_came_that_far() {
        let book = Book::new(Instant::now(), "load-7".into(), 4);
        for due in [1, 500_000, 1_000_000] {
            book.takes(1, due).unwrap();
        }
        tokio::time::advance(Duration::from_secs(2)).await;
        book.seen(0);
        book.seen(1);
        let (count, per_second) = book.throughput(0..4, |entry| entry.seen);
        assert_eq!(count, 2);
        assert!((per_second - 1.0).abs() < 0.01, "{per_second}");
    }
}
