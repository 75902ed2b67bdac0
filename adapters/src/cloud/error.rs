//! Meta's error codes as a table: what each asks of us, and its meaning in our words.

use dashoffice_domain::Span;
use dashoffice_domain::outgoing::SendError;
use std::ops::RangeInclusive;

/// What an error asks of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not now: again, not before this; the sender lengthens it with every try.
    Again { after: Span },
    /// The number cannot send until the operator has done something.
    Stop,
    /// This message will never go.
    Never,
    /// The code is not in the table: the HTTP status decides.
    Unlisted,
}

/// A code's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub class: Class,
    pub words: &'static str,
}

impl Fault {
    pub fn as_send_error(self, code: i64) -> SendError {
        SendError { code, text: self.words.to_owned() }
    }
}

/// What this code means.
pub fn fault(code: i64) -> Fault {
    TABLE
        .iter()
        .find(|(codes, ..)| codes.contains(&code))
        .map_or(UNLISTED, |(_, class, words)| Fault { class: *class, words })
}

/// The subcode that turns "invalid parameter" into "there is no such number".
pub(super) const NO_SUCH_OBJECT: i64 = 33;

const UNLISTED: Fault = Fault { class: Class::Unlisted, words: "WhatsApp gave a reason we do not know" };

const fn again(after: Span) -> Class {
    Class::Again { after }
}

const SOON: Class = again(Span::seconds(1));
const NEVER: Class = Class::Never;
const STOP: Class = Class::Stop;

/// Of overlapping ranges the first counts.
const TABLE: &[(RangeInclusive<i64>, Class, &str)] = &[
    (0..=0, STOP, "the access token is not valid"),
    (1..=2, SOON, "WhatsApp has a passing fault"),
    (3..=3, STOP, "the access token may not do this"),
    (4..=4, again(Span::seconds(60)), "the app has made too many calls"),
    (10..=10, STOP, "the access token may not do this"),
    (NO_SUCH_OBJECT..=NO_SUCH_OBJECT, STOP, "WhatsApp does not know this number"),
    (100..=100, NEVER, "a part of the message is not valid"),
    (190..=190, STOP, "the access token is not valid or has expired"),
    (200..=299, STOP, "the access token may not do this"),
    (368..=368, STOP, "the account is blocked for breaking a policy"),
    (80_007..=80_007, again(Span::seconds(60)), "the account has made too many calls"),
    (130_429..=130_429, again(Span::seconds(2)), "the number has reached its throughput"),
    (130_472..=130_472, NEVER, "WhatsApp withholds marketing from this customer"),
    (130_497..=130_497, NEVER, "the business may not write to this country"),
    (131_000..=131_000, SOON, "something went wrong at WhatsApp"),
    (131_005..=131_005, STOP, "the access token may not do this"),
    (131_008..=131_008, NEVER, "a part of the message is missing"),
    (131_009..=131_009, NEVER, "a part of the message is not valid"),
    (131_016..=131_016, again(Span::seconds(5)), "WhatsApp is not available"),
    (131_021..=131_021, NEVER, "the customer's number is our own"),
    (131_026..=131_026, NEVER, "the message cannot be delivered to this customer"),
    (131_030..=131_030, NEVER, "a test number may only write to numbers on its list"),
    (131_031..=131_031, STOP, "the account is locked"),
    (131_037..=131_037, STOP, "the number's display name is not approved"),
    (131_042..=131_042, STOP, "the account has a payment problem"),
    (131_044..=131_044, STOP, "the account has a payment problem"),
    (131_045..=131_045, STOP, "the number's registration is not in order"),
    (131_047..=131_047, NEVER, "the service window is closed: only a template may be sent"),
    (131_048..=131_048, NEVER, "too many customers reported messages of this number"),
    (131_049..=131_049, again(Span::hours(24)), "WhatsApp withholds this message for now"),
    (131_050..=131_050, NEVER, "the customer wants no marketing"),
    (131_051..=131_051, NEVER, "WhatsApp does not support this kind of message"),
    (131_052..=131_052, NEVER, "the customer's file could not be fetched"),
    (131_053..=131_053, NEVER, "the file was not accepted"),
    (131_056..=131_056, again(Span::seconds(6)), "too many messages to this customer in a short time"),
    (131_057..=131_057, again(Span::minutes(5)), "the account is under maintenance"),
    (131_062..=131_062, NEVER, "this message needs the customer's phone number"),
    (131_063..=131_063, NEVER, "marketing templates are switched off"),
    (131_064..=131_064, NEVER, "the messaging limit of this kind of template is reached"),
    (132_000..=132_000, NEVER, "the template has another number of parameters"),
    (132_001..=132_001, NEVER, "there is no such approved template in this language"),
    (132_015..=132_015, NEVER, "the template is paused"),
    (132_016..=132_016, NEVER, "the template is disabled"),
    (132_068..=132_068, NEVER, "the form is blocked"),
    (132_069..=132_069, again(Span::minutes(6)), "the form was sent too often"),
    (132_000..=132_999, NEVER, "the template does not fit"),
    (133_000..=133_999, STOP, "the number's registration is not in order"),
    (134_011..=134_011, NEVER, "the terms of payments are not accepted"),
    (135_000..=135_000, NEVER, "WhatsApp refused the message"),
    (137_000..=137_000, NEVER, "the customer's identity has changed and must be confirmed"),
    (138_000..=138_999, NEVER, "this concerns calls"),
    (2_388_000..=2_388_999, NEVER, "the template could not be managed"),
    (2_494_000..=2_494_999, NEVER, "the template could not be managed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_table_is_met() {
        for (code, class) in [
            (190, Class::Stop),
            (131_031, Class::Stop),
            (250, Class::Stop),
            (133_010, Class::Stop),
            (130_429, again(Span::seconds(2))),
            (131_056, again(Span::seconds(6))),
            (4, again(Span::minutes(1))),
            (2, SOON),
            (131_047, Class::Never),
            (132_012, Class::Never),
            (132_069, again(Span::minutes(6))),
            (136_024, Class::Unlisted),
        ] {
            assert_eq!(fault(code).class, class, "{code}");
        }
    }

    #[test]
    fn ranges_are_not_empty_and_every_fault_has_words() {
        for (codes, _, words) in TABLE {
            assert!(!codes.is_empty());
            assert!(words.len() > 10 && !words.ends_with('.'), "{words}");
        }
    }
}
