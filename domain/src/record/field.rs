//! One field of a kind of record.

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// At most so many characters; without white space around it.
    Text {
        longest: usize,
    },
    /// Both ends are allowed.
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Of a record of the kind with this name, of the same tenant.
    Id {
        of: &'static str,
    },
    /// A JSON object of the module's own; its members are told apart where changes are told.
    Object,
}

/// A field as people and both databases know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As the API has it.
    pub name: &'static str,
    /// As both databases have it.
    pub column: &'static str,
    pub holds: Holds,
    /// It may be null.
    pub is_optional: bool,
    /// Found by the beginning of each of its words, without regard to case and accents: its folded words stand in a column beside it
    /// that is called like it with `_key` behind.
    pub is_searched: bool,
    pub is_sorted: bool,
    pub is_filtered: bool,
    /// Never shown, exported or written into changes.
    pub is_secret: bool,
    /// Its column takes no null: the empty text stands there for it.
    pub is_never_null: bool,
    /// What somebody else found out stays where nothing is said of it: a null does not overwrite it.
    pub is_learnt: bool,
}

impl Field {
    /// A field that must be there, and that nothing special is done with.
    pub const fn new(name: &'static str, holds: Holds) -> Self {
        Self {
            name,
            column: name,
            holds,
            is_optional: false,
            is_searched: false,
            is_sorted: false,
            is_filtered: false,
            is_secret: false,
            is_learnt: false,
            is_never_null: false,
        }
    }

    pub const fn text(name: &'static str, longest: usize) -> Self {
        Self::new(name, Holds::Text { longest })
    }

    pub const fn integer(name: &'static str, least: i64, most: i64) -> Self {
        Self::new(name, Holds::Integer { least, most })
    }

    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, Holds::Boolean)
    }

    pub const fn choice(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, Holds::Choice(words))
    }

    pub const fn id(name: &'static str, of: &'static str) -> Self {
        Self::new(name, Holds::Id { of })
    }

    pub const fn object(name: &'static str) -> Self {
        Self::new(name, Holds::Object)
    }

    /// Where the databases call it otherwise.
    pub const fn stored_as(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    pub const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    pub const fn searched(self) -> Self {
        Self { is_searched: true, ..self }
    }

    /// Lists may be in its order; it must not be optional, for what is null has no place in an order.
    pub const fn sorted(self) -> Self {
        Self { is_sorted: true, ..self }
    }

    pub const fn filtered(self) -> Self {
        Self { is_filtered: true, ..self }
    }

    pub const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    pub const fn never_null(self) -> Self {
        Self { is_never_null: true, ..self }
    }

    pub const fn learnt(self) -> Self {
        Self { is_learnt: true, ..self }
    }
}
