//! What customers do, and what must be there of it afterwards.

use crate::places::Customer;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::content::{Card, ChoiceSource, Content, Media, MediaKind, OrderLine};
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::item::{Inbound, Said};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

/// One item of a webhook.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) wamid: String,
    pub(crate) said_at: Timestamp,
    pub(crate) what: Said,
    pub(crate) reply_to: Option<String>,
}

impl Act {
    /// The next thing a customer does who has done all this; `heard`: what they can see of us, by the provider's ids.
    pub(crate) fn next(
        customer: Customer,
        done: &[Self],
        heard: impl FnOnce() -> Vec<String>,
        now: Timestamp,
        chance: &mut StdRng,
    ) -> Self {
        let wamid = format!("in.{}.{}", customer.nth, done.len());
        let standing = expected(done).into_iter().filter(|(id, there)| id.starts_with("in.") && !there.revoked);
        let own: Vec<String> = standing.map(|(id, _)| id).collect();
        let (lot, answers) = (chance.random_range(0..100_u32), chance.random_bool(0.2));
        let looks = !own.is_empty() && (lot < 20 || lot >= 33 && answers);
        let seen = if looks { own.iter().cloned().chain(heard()).collect() } else { Vec::new() };
        let any = |of: &[String], chance: &mut StdRng| of[chance.random_range(0..of.len())].clone();
        let what = match lot {
            0..20 if !seen.is_empty() => {
                let emoji = ["👍", "❤️", "😮", ""][chance.random_range(0..4_usize)];
                Said::Reaction {
                    to: any(&seen, chance),
                    emoji: Some(emoji.to_owned()).filter(|emoji| !emoji.is_empty()),
                }
            }
            20..28 if !own.is_empty() => {
                Said::Edit { of: any(&own, chance), content: Content::text(format!("corrected by {wamid}")) }
            }
            28..33 if !own.is_empty() => Said::Revoke { of: any(&own, chance) },
            _ => Said::Message { content: content(customer, &wamid, chance) },
        };
        let is_answer = matches!(what, Said::Message { .. }) && !seen.is_empty();
        let reply_to = is_answer.then(|| any(&seen, chance));
        Self { wamid, said_at: Timestamp(now.0 / 1_000_000 * 1_000_000), what, reply_to }
    }

    /// As the webhook brings it.
    pub(crate) fn raw(&self, customer: Customer) -> Vec<u8> {
        let inbound = Inbound {
            identifiers: vec![customer.identifier()],
            profile_name: Some(format!("Customer {}", customer.nth)),
            username: None,
            moved: vec![],
            provider_message_id: self.wamid.clone(),
            said_at: self.said_at,
            what: self.what.clone(),
            reply_to: self.reply_to.clone(),
            context: MessageContext::default(),
        };
        serde_json::to_vec(&inbound).unwrap()
    }
}

/// What the provider calls the file of a message.
pub(crate) fn file_of(customer: Customer, wamid: &str) -> String {
    format!("{}/{wamid}", customer.number.reference())
}

fn content(customer: Customer, wamid: &str, chance: &mut StdRng) -> Content {
    let tag = file_of(customer, wamid);
    let some = || Some(tag.clone());
    match chance.random_range(0..20_u32) {
        0..6 => {
            let kinds = [MediaKind::Image, MediaKind::Document, MediaKind::Sticker];
            Content::Media(Media {
                kind: kinds[chance.random_range(0..kinds.len())],
                provider_media_id: some(),
                link: None,
                mime_type: Some("image/png".to_owned()),
                sha256: None,
                caption: chance.random_bool(0.5).then(|| tag.clone()),
                filename: None,
                voice: false,
                animated: false,
            })
        }
        6 => Content::Choice { source: ChoiceSource::Button, id: tag.clone(), title: tag, description: None },
        7 => {
            Content::Choice { source: ChoiceSource::List, id: tag.clone(), title: tag.clone(), description: Some(tag) }
        }
        8 => Content::System { what: "user_changed_number".to_owned(), text: some() },
        9 => Content::Location { latitude: -23.5, longitude: -46.6, name: some(), address: None },
        10 => {
            Content::Contacts { cards: vec![Card { name: tag, phones: vec!["+55 11".to_owned()], ..Card::default() }] }
        }
        11 => Content::Form { name: some(), body: None, response: "{}".to_owned() },
        12 => {
            let price = || "9.90".to_owned();
            let line = OrderLine {
                product: tag.clone(),
                quantity: "2".to_owned(),
                price: price(),
                currency: "BRL".to_owned(),
            };
            Content::Order { catalog: None, note: Some(tag), lines: vec![line] }
        }
        13 => Content::Unsupported { code: Some(131_051), what: some() },
        14 => Content::Unknown { what: tag },
        _ => Content::text(tag),
    }
}

/// How a message must look after everything that was done to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Looks {
    /// `None`: it is not the customer's.
    pub(crate) content: Option<Content>,
    pub(crate) reply_to: Option<String>,
    pub(crate) edited: bool,
    pub(crate) revoked: bool,
    /// The customer's reaction to it.
    pub(crate) reaction: Option<String>,
}

/// What must be there of all this, by the provider's ids: all of their messages, and those of ours that they reacted to.
pub(crate) fn expected(acts: &[Act]) -> BTreeMap<String, Looks> {
    let mut there: BTreeMap<String, Looks> = BTreeMap::new();
    for act in acts {
        match &act.what {
            Said::Message { content } => {
                let looks =
                    Looks { content: Some(content.clone()), reply_to: act.reply_to.clone(), ..Looks::default() };
                there.insert(act.wamid.clone(), looks);
            }
            Said::Reaction { to, emoji } => there.entry(to.clone()).or_default().reaction.clone_from(emoji),
            Said::Notice { .. } => unreachable!("nobody does a notice here"),
            Said::Edit { of, content } | Said::EditAlone { of, content } => {
                let looks = there.entry(of.clone()).or_default();
                (looks.content, looks.edited) = (Some(content.clone()), true);
            }
            Said::Revoke { of } => there.entry(of.clone()).or_default().revoked = true,
            Said::Echo { .. } => panic!("customers do nothing with our phone"),
        }
    }
    there
}
