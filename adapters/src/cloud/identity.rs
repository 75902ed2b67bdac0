//! Who the customer of a message is, by everything Meta calls them, and what its notices say of a new number or a new business-scoped id.

use super::names;
use crate::lenient_json::Node;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::item::Moved;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The customer.
    Theirs,
    /// We, with the phone itself: the customer is whom it was said to.
    Ours,
}

impl Side {
    /// As which member an item holds it.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::Theirs => "message",
            Self::Ours => "echo",
        }
    }

    /// The members of a message that name the customer: by phone, and by business-scoped id.
    pub(super) const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Theirs => ("from", "from_user_id"),
            Self::Ours => ("to", "to_user_id"),
        }
    }
}

/// Who the customer is.
#[derive(Debug, Default)]
pub(super) struct Customer {
    /// Strongest first; in a notice what they were known by before. A customer may have no phone at all.
    pub(super) identifiers: Vec<Identifier>,
    pub(super) moved: Vec<Moved>,
}

/// Everything Meta knows the customer by.
pub(super) fn customer(message: Node<'_>, contact: Node<'_>, side: Side) -> Customer {
    let (phone, user) = side.names();
    let notice = Notice::of(message.get("system"));
    let read = |node: Node<'_>, name: &str, as_name: fn(&str) -> Option<Identifier>| as_name(&node.get(name).text()?);
    let named = read(message, phone, names::phone_or_scoped_user);
    let scoped = notice.previous_user_id.clone();
    let scoped = scoped.or_else(|| read(message, user, names::scoped_user));
    let scoped = scoped.or_else(|| read(contact, "user_id", names::scoped_user));
    // `wa_id` may be another spelling of what the message says.
    let named = scoped.into_iter().chain(named).chain(read(contact, "wa_id", names::phone_or_scoped_user));
    let mut identifiers: Vec<Identifier> = Vec::new();
    for identifier in named.chain(notice.former_number.clone()) {
        let is_second_scoped = identifier.kind == IdentifierKind::ScopedUser
            && identifiers.iter().any(|known| known.kind == IdentifierKind::ScopedUser);
        if !identifiers.contains(&identifier) && !notice.is_new(&identifier) && !is_second_scoped {
            identifiers.push(identifier);
        }
    }
    identifiers.sort_by_key(|identifier| identifier.kind);
    let moved = notice.moved(&identifiers);
    if identifiers.is_empty() {
        // Of before nothing is said: they are whom they are now.
        identifiers.extend(notice.user_id.into_iter().chain(notice.number));
    }
    Customer { identifiers, moved }
}

/// What a `system` message says of who somebody is from now on.
#[derive(Debug, Default)]
struct Notice {
    number: Option<Identifier>,
    former_number: Option<Identifier>,
    user_id: Option<Identifier>,
    previous_user_id: Option<Identifier>,
}

impl Notice {
    fn of(system: Node<'_>) -> Self {
        let kind = system.get("type").text().unwrap_or_default();
        let read = |name: &str, as_name: fn(&str) -> Option<Identifier>| as_name(&system.get(name).text()?);
        let is_number = matches!(kind.as_str(), "user_changed_number" | "customer_changed_number");
        if !is_number && kind != "user_changed_user_id" {
            return Self::default();
        }
        let number = read("wa_id", names::phone).or_else(|| read("new_wa_id", names::phone)).filter(|_| is_number);
        Self {
            number,
            // As it was told before `from` was always there.
            former_number: read("customer", names::phone).filter(|_| is_number),
            user_id: read("user_id", names::scoped_user),
            previous_user_id: read("previous_user_id", names::scoped_user),
        }
    }

    fn is_new(&self, identifier: &Identifier) -> bool {
        (self.number.as_ref() == Some(identifier) || self.user_id.as_ref() == Some(identifier))
            && self.previous_user_id.as_ref() != Some(identifier)
    }

    fn moved(&self, before: &[Identifier]) -> Vec<Moved> {
        if before.is_empty() {
            return Vec::new();
        }
        let entered = self.number.iter().chain(&self.user_id).filter(|to| !before.contains(to));
        let moved = entered.map(|to| {
            let from = before.iter().find(|one| one.kind == to.kind).unwrap_or(to);
            Moved { from: from.clone(), to: to.clone() }
        });
        moved.collect()
    }
}
