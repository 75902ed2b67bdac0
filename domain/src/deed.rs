//! What of an event the audit tells: what was done to what, in ids and facts, never in anybody's words (C1).

use uuid::Uuid;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What kind of thing it was done to: a kind of record, `conversation`, `message`, `tenant`.
    pub kind: String,
    pub id: Uuid,
    /// What was done, in the past: `changed`, `picked`, `closed` …
    pub what: &'static str,
    /// For whom it was done, where the event says so: who is told of where its envelope names nobody.
    pub by: Option<Uuid>,
    /// What else it was about: names of ids, and ids.
    pub about: Vec<(&'static str, Uuid)>,
    /// Told also of what nobody did: the office's file, the command line.
    pub is_told_of_the_system: bool,
}

impl Deed {
    /// Something that somebody did; of the system's own doings it is not told.
    pub fn new(kind: &str, id: Uuid, what: &'static str) -> Self {
        Self { kind: kind.to_owned(), id, what, by: None, about: Vec::new(), is_told_of_the_system: false }
    }

    #[must_use]
    pub fn by(self, who: Uuid) -> Self {
        Self { by: Some(who), ..self }
    }

    #[must_use]
    pub fn about(mut self, name: &'static str, id: Uuid) -> Self {
        self.about.push((name, id));
        self
    }

    #[must_use]
    pub fn also_of_the_system(self) -> Self {
        Self { is_told_of_the_system: true, ..self }
    }
}
