//! Sorts the pieces of a body: what belongs to a number of the app, and what is an unmatched webhook. Pure.

use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::outgoing::{SendError, StatusNews};
use dashoffice_domain::conversation::marketing::MarketingChoice;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::ports::{
    AccountNews, Arrival, Delivery, MarketingNews, Piece, PieceStatus, ProviderApp, UnmatchedWebhook,
};
use sha2::{Digest, Sha256};
use std::iter::Peekable;
use std::vec::IntoIter;

/// Longer ids are kept as their hash: an index row holds no more than some 2,700 bytes.
const LONGEST_KEY: usize = 200;

/// Of foreign words that explain something, so many characters are kept.
const LONGEST_WORDS: usize = 200;

/// One part of a body is no longer than so many pieces, and about so many bytes.
const PIECES_OF_A_PART: usize = 1_000;
const BYTES_OF_A_PART: usize = 1_000_000;

/// A body part by part, in its order. There is a first part even where there is nothing in it.
pub(super) struct Parts<'a> {
    app: &'a ProviderApp,
    received_at: Timestamp,
    pieces: Peekable<IntoIter<Piece>>,
    first: Option<Delivery>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(app: &'a ProviderApp, pieces: Vec<Piece>, received_at: Timestamp) -> Self {
        let mut parts = Self { app, received_at, pieces: pieces.into_iter().peekable(), first: None };
        parts.first = Some(parts.part());
        parts
    }

    /// As [`unsplit`].
    pub(super) fn unsplit(app: &'a ProviderApp, body: &[u8]) -> Self {
        let (received_at, pieces) = (Timestamp::default(), Vec::new().into_iter().peekable());
        Self { app, received_at, pieces, first: Some(unsplit(app, body)) }
    }

    fn part(&mut self) -> Delivery {
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        while pieces.len() < PIECES_OF_A_PART && bytes < BYTES_OF_A_PART {
            let Some(piece) = self.pieces.next() else { break };
            bytes += length(&piece);
            pieces.push(piece);
        }
        sort(self.app, pieces, self.received_at)
    }
}

impl Iterator for Parts<'_> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        self.first.take().or_else(|| self.pieces.peek().is_some().then(|| self.part()))
    }
}

fn length(piece: &Piece) -> usize {
    match piece {
        Piece::Item { raw, .. } | Piece::News { raw, .. } | Piece::Other { raw, .. } => raw.len(),
        Piece::Status(_) | Piece::Marketing { .. } => 0,
    }
}

/// The pieces as a delivery of this app. A number of another app is not known here, so it is an unmatched webhook of this one (C6).
fn sort(app: &ProviderApp, pieces: Vec<Piece>, received_at: Timestamp) -> Delivery {
    let mut delivery = Delivery::default();
    for piece in pieces {
        match piece {
            Piece::Item { number_ref, provider_message_id, raw } => {
                let item_key = key(&provider_message_id);
                if let Some(number) = number(app, &number_ref) {
                    delivery.arrivals.push(Arrival::new(number, &item_key, raw));
                } else {
                    let unmatched = unmatched(app, Some(&number_ref), "unknown number", raw);
                    delivery.unmatched.push(UnmatchedWebhook { item_key: Some(item_key), ..unmatched });
                }
            }
            Piece::Status(status) => match number(app, &status.number_ref) {
                Some(number) => delivery.statuses.push(news(number, *status)),
                None => delivery.unmatched.push(unmatched(
                    app,
                    Some(&status.number_ref),
                    "status of an unknown number",
                    described(&status),
                )),
            },
            Piece::News { number_ref, account_ref, kind, raw } => {
                let ours = number_ref.as_deref().and_then(|number_ref| number(app, number_ref));
                if ours.is_some() || is_of_an_account(app, number_ref.as_deref(), account_ref.as_deref()) {
                    let account_ref = account_ref.as_deref().map(key);
                    delivery.news.push(AccountNews { app: app.id, number: ours, account_ref, kind: words(&kind), raw });
                } else {
                    delivery.unmatched.push(unmatched(app, number_ref.as_deref(), &kind, raw));
                }
            }
            // Of an unknown number the news that brought it are kept.
            Piece::Marketing { number_ref, choice } => {
                let choice = MarketingChoice { said_at: said_by(choice.said_at, received_at), ..choice };
                let news = number(app, &number_ref).map(|number| MarketingNews { number, choice });
                delivery.marketing.extend(news);
            }
            Piece::Other { number_ref, what, raw } => {
                let ours = number_ref.as_deref().and_then(|number_ref| number(app, number_ref));
                let unmatched = unmatched(app, number_ref.as_deref(), &what, raw);
                delivery.unmatched.push(UnmatchedWebhook { number: ours, ..unmatched });
            }
        }
    }
    delivery
}

/// When something was said of which the last word counts: not later than it came, and as it came where nobody says when.
fn said_by(said_at: Timestamp, received_at: Timestamp) -> Timestamp {
    if said_at == Timestamp::default() { received_at } else { said_at.min(received_at) }
}

/// A body that could not even be split is kept whole: well signed, it never gets 5xx for its content (E2).
fn unsplit(app: &ProviderApp, body: &[u8]) -> Delivery {
    let unmatched = vec![unmatched(app, None, "could not be split", body.to_vec())];
    Delivery { unmatched, ..Delivery::default() }
}

/// Of the accounts a body names, those that are news for a number of this app.
pub(super) fn accounts(app: &ProviderApp, named: Vec<(String, String)>) -> Vec<(NumberId, String)> {
    let ours = named.into_iter().filter_map(|(number_ref, account)| Some((number(app, &number_ref)?, account)));
    ours.filter(|(number, account)| app.without_account.contains(number) && account.len() <= LONGEST_KEY).collect()
}

/// Whether news that name no number are of an account of ours. Where an account is not known yet, it may be this one.
fn is_of_an_account(app: &ProviderApp, number_ref: Option<&str>, account_ref: Option<&str>) -> bool {
    let is_known = account_ref.is_some_and(|account| app.accounts.iter().any(|known| known == account));
    number_ref.is_none() && (is_known || !app.without_account.is_empty())
}

fn number(app: &ProviderApp, number_ref: &str) -> Option<NumberId> {
    app.numbers.iter().find(|(theirs, _)| theirs == number_ref).map(|(_, ours)| *ours)
}

fn news(number: NumberId, status: PieceStatus) -> StatusNews {
    StatusNews {
        number,
        provider_message_id: key(&status.provider_message_id),
        message: status.message,
        status: status.status,
        at: status.at,
        error: status.error.map(|error| SendError { text: words(&error.text), ..error }),
        stops: status.stops,
        pricing: status.pricing,
        recipient: status.recipient,
    }
}

fn unmatched(app: &ProviderApp, number_ref: Option<&str>, reason: &str, raw: Vec<u8>) -> UnmatchedWebhook {
    UnmatchedWebhook {
        app: app.id,
        number: None,
        item_key: None,
        number_ref: number_ref.map(key),
        reason: words(reason),
        raw,
    }
}

/// What a status of an unknown number said; its raw bytes are not part of the piece.
fn described(status: &PieceStatus) -> Vec<u8> {
    let described = serde_json::json!({
        "id": status.provider_message_id,
        "status": status.status.name(),
        "timestamp": status.at,
        "error": status.error,
        "biz_opaque_callback_data": status.message,
    });
    described.to_string().into_bytes()
}

/// A foreign id that any store can index: itself when short and plain, else its hash.
fn key(id: &str) -> String {
    let plain = id.len() <= LONGEST_KEY && id.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { id.to_owned() } else { format!("sha256:{}", hex::encode(Sha256::digest(id))) }
}

/// Foreign words that any store and any log line can hold.
fn words(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel::outgoing::ErrorClass;
    use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
    use dashoffice_domain::conversation::marketing::Marketing;
    use dashoffice_domain::conversation::message::Status;
    use dashoffice_domain::ids::AppId;
    use dashoffice_domain::ports::Secret;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);
    const OURS: NumberId = NumberId(Uuid::from_u128(7));

    fn app() -> ProviderApp {
        ProviderApp {
            id: AppId(Uuid::from_u128(1)),
            provider: "cloud".into(),
            app_secret: Secret("s".into()),
            verify_token: Secret("v".into()),
            numbers: vec![("100".into(), OURS)],
            without_account: vec![OURS],
            accounts: Vec::new(),
        }
    }

    fn item(number_ref: &str, id: &str) -> Piece {
        Piece::Item { number_ref: number_ref.into(), provider_message_id: id.into(), raw: b"{}".to_vec() }
    }

    #[test]
    fn c6_a_number_of_another_app_is_a_stray_of_this_one() {
        let delivery = sort(&app(), vec![item("100", "wamid.1"), item("200", "wamid.2")], NOW);
        assert_eq!(delivery.arrivals.len(), 1);
        assert_eq!(delivery.arrivals[0].number, OURS);
        assert_eq!(delivery.arrivals[0].dedupe_key, format!("{OURS}/wamid.1"));
        assert_eq!(delivery.unmatched.len(), 1);
        assert_eq!(delivery.unmatched[0].number_ref.as_deref(), Some("200"));
        assert_eq!(delivery.unmatched[0].raw, b"{}");
        assert_eq!((delivery.unmatched[0].app, delivery.unmatched[0].item_key.as_deref()), (app().id, Some("wamid.2")));
    }

    #[test]
    fn a_long_body_is_stored_part_by_part_in_its_order_and_a_part_holds_more_than_metas_body() {
        let items =
            |range: std::ops::Range<usize>| range.map(|n| item("100", &format!("wamid.{n}"))).collect::<Vec<_>>();
        let parts: Vec<Delivery> = Parts::of(&app(), items(0..2_500), NOW).collect();
        assert_eq!(parts.iter().map(|part| part.arrivals.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
        let keys: Vec<_> = parts.iter().flat_map(|part| &part.arrivals).map(|arrival| &arrival.dedupe_key).collect();
        assert_eq!(
            (keys[0].as_str(), keys[2_499].as_str()),
            (&*format!("{OURS}/wamid.0"), &*format!("{OURS}/wamid.2499"))
        );

        let large = |_| Piece::Other { number_ref: None, what: "odd".into(), raw: vec![b'x'; 600_000] };
        let parts: Vec<Delivery> = Parts::of(&app(), (0..5).map(large).collect(), NOW).collect();
        assert_eq!(parts.iter().map(|part| part.unmatched.len()).collect::<Vec<_>>(), [2, 2, 1]);

        assert_eq!(Parts::of(&app(), Vec::new(), NOW).collect::<Vec<_>>(), [Delivery::default()]);
    }

    #[test]
    fn an_account_is_learned_once_and_for_numbers_of_this_app_alone() {
        let named = |number: &str| vec![(number.to_owned(), "2001".to_owned())];
        assert_eq!(accounts(&app(), named("100")), [(OURS, "2001".to_owned())]);
        assert_eq!(accounts(&app(), named("200")), []);
        let known = ProviderApp { without_account: Vec::new(), ..app() };
        assert_eq!(accounts(&known, named("100")), []);
    }

    #[test]
    fn news_of_the_account_are_no_strays_unless_nobody_here_belongs_to_it() {
        let news = |number_ref: Option<&str>, account_ref: Option<&str>| Piece::News {
            number_ref: number_ref.map(str::to_owned),
            account_ref: account_ref.map(str::to_owned),
            kind: "account_update".into(),
            raw: b"{}".to_vec(),
        };
        let known = ProviderApp { without_account: Vec::new(), accounts: vec!["2001".into()], ..app() };
        let sorted = sort(&known, vec![news(Some("100"), Some("2001")), news(None, Some("2001"))], NOW);
        let numbers: Vec<_> = sorted.news.iter().map(|news| news.number).collect();
        assert_eq!((numbers, sorted.unmatched.len()), (vec![Some(OURS), None], 0));
        assert_eq!(
            (sorted.news[1].kind.as_str(), sorted.news[1].account_ref.as_deref()),
            ("account_update", Some("2001"))
        );
        let foreign =
            sort(&known, vec![news(Some("200"), Some("2001")), news(None, Some("2002")), news(None, None)], NOW);
        assert_eq!((foreign.news.len(), foreign.unmatched.len()), (0, 3));
        assert_eq!(foreign.unmatched[1].reason, "account_update");
        let young = sort(&app(), vec![news(None, Some("2002"))], NOW);
        assert_eq!((young.news.len(), young.unmatched.len()), (1, 0), "whose account is not known yet");
    }

    #[test]
    fn a_word_on_marketing_is_of_a_number_of_this_app() {
        let choice = MarketingChoice {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511")],
            wants: Marketing::Stop,
            said_at: Timestamp::from_seconds(5),
        };
        let said = |number: &str| Piece::Marketing { number_ref: number.into(), choice: choice.clone() };
        let sorted = sort(&app(), vec![said("100"), said("200")], NOW);
        assert_eq!(sorted.marketing, [MarketingNews { number: OURS, choice: choice.clone() }]);
    }

    #[test]
    fn a_word_on_marketing_without_a_time_was_said_when_it_came_and_none_is_said_later() {
        let said_at = |said_at| {
            let identifiers = vec![Identifier::new(IdentifierKind::WaId, "5511")];
            let choice = MarketingChoice { identifiers, wants: Marketing::Stop, said_at };
            let sorted = sort(&app(), vec![Piece::Marketing { number_ref: "100".into(), choice }], NOW);
            sorted.marketing[0].choice.said_at
        };
        assert_eq!(said_at(Timestamp::default()), NOW);
        assert_eq!(said_at(Timestamp::from_seconds(9_999)), NOW);
        assert_eq!(said_at(Timestamp::from_seconds(999)), Timestamp::from_seconds(999));
    }

    #[test]
    fn what_a_number_of_this_app_got_and_nobody_understands_is_that_numbers() {
        let other = |number_ref: Option<&str>| Piece::Other {
            number_ref: number_ref.map(str::to_owned),
            what: "payment status".into(),
            raw: b"{}".to_vec(),
        };
        let sorted = sort(&app(), vec![other(Some("100")), other(Some("200")), other(None)], NOW);
        assert_eq!(
            sorted.unmatched.iter().map(|unmatched| unmatched.number).collect::<Vec<_>>(),
            [Some(OURS), None, None]
        );
        assert_eq!(sorted.unmatched[0].reason, "payment status");
    }

    #[test]
    fn c5_ids_no_store_could_index_become_their_hash_and_stay_apart() {
        let nul = format!("wamid.{}", '\u{0}');
        let long = "x".repeat(10_000);
        let delivery = sort(&app(), vec![item("100", &nul), item("100", &long), item("100", "wamid.1")], NOW);
        let keys: Vec<_> = delivery.arrivals.iter().map(|arrival| arrival.dedupe_key.as_str()).collect();
        assert!(keys.iter().all(|key| key.len() < 300 && key.bytes().all(|byte| byte.is_ascii_graphic())));
        assert_ne!(keys[0], keys[1]);
        assert_eq!(sort(&app(), vec![item("100", &nul)], NOW).arrivals[0].dedupe_key, keys[0]);
    }

    #[test]
    fn a_status_of_an_unknown_number_is_kept_with_what_it_said() {
        let status = PieceStatus {
            number_ref: "200".into(),
            provider_message_id: "wamid.9".into(),
            message: None,
            status: Status::Delivered,
            at: Timestamp::from_seconds(5),
            error: Some(SendError::new(1, ErrorClass::Never, "bad\u{0}words")),
            stops: None,
            pricing: None,
            recipient: None,
        };
        let delivery = sort(&app(), vec![Piece::Status(Box::new(status.clone()))], NOW);
        assert!(delivery.statuses.is_empty());
        let kept = String::from_utf8(delivery.unmatched[0].raw.clone()).unwrap();
        assert!(kept.contains("wamid.9") && kept.contains("delivered"));

        let ours = sort(&app(), vec![Piece::Status(Box::new(PieceStatus { number_ref: "100".into(), ..status }))], NOW);
        assert_eq!(ours.statuses[0].error.as_ref().unwrap().text, "bad words");
    }
}
