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
    /// Any of these words, each once, in their order.
    Set(&'static [&'static str]),
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
    marks: u8,
}

macro_rules! marks {
    ($($(#[$doc:meta])* $mark:ident, $is:ident = $bit:literal;)+) => {
        impl Field {
            $($(#[$doc])*
            pub const fn $mark(self) -> Self {
                Self { marks: self.marks | 1 << $bit, ..self }
            }

            /// Whether it was said of the field.
            pub const fn $is(&self) -> bool {
                self.marks & 1 << $bit != 0
            })+
        }
    };
}

marks! {
    /// It may be null.
    optional, is_optional = 0;
    /// It is found by the beginning of each of its words, without regard to case and accents: its folded words stand in a column beside it
    /// that is called like it with `_key` behind.
    searched, is_searched = 1;
    /// Lists may be in its order; it must not be optional, for what is null has no place in an order.
    sorted, is_sorted = 2;
    /// Lists may show those alone that have it so.
    filtered, is_filtered = 3;
    /// It is never shown, exported or written into changes.
    secret, is_secret = 4;
    /// What somebody else found out stays where nothing is said of it: a null does not overwrite it.
    learnt, is_learnt = 5;
    /// Its column takes no null: the empty text stands there for it.
    never_null, is_never_null = 6;
}

impl Field {
    /// A field that must be there, and that nothing special is done with.
    pub const fn new(name: &'static str, holds: Holds) -> Self {
        Self { name, column: name, holds, marks: 0 }
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

    pub const fn set(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, Holds::Set(words))
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
}
