//! Tags: words that a company sorts its conversations and contacts by.

use crate::identity::Permission;
use crate::record::{Field, Kind, Unique};

/// `colour` is a name that every theme has a colour for.
pub static TAG: Kind = Kind {
    name: "tag",
    plural: "tags",
    table: "tag",
    fields: &[
        Field::text("name", 60).searched().sorted(),
        Field::choice("colour", &["grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"])
            .filtered(),
        Field::boolean("on_conversations").filtered(),
        Field::boolean("on_contacts").filtered(),
    ],
    uniques: &[Unique { fields: &["name"], everywhere: false }],
    is_wired: false,
    is_served: true,
    read: None,
    write: Permission::WriteSettings,
    check: Kind::no_more,
    beyond: Kind::nothing_beyond,
    built_in: None,
};
