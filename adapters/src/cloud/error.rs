//! Meta's error codes as a table: what each asks of us, and its meaning in our words.

use dashoffice_domain::Span;
use dashoffice_domain::number::StopReason;
use dashoffice_domain::outgoing::{ErrorClass, SendError};
use std::ops::RangeInclusive;

/// What an error asks of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Not now: again, not before this; the sender lengthens it with every try.
    Again { after: Span },
    /// Not now, and nothing else of this number either.
    Slow { after: Span },
    /// The number cannot send until the operator has done something.
    Stop { reason: StopReason },
    /// This message will never go.
    Never,
    /// The code is not in the table: the HTTP status decides.
    ByStatus,
}

/// A code's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// For whoever wanted to send.
    pub class: ErrorClass,
    /// For us.
    pub then: Then,
    pub words: &'static str,
}

impl Fault {
    pub fn as_send_error(self, code: i64) -> SendError {
        SendError::new(code, self.class, self.words)
    }
}

/// What this code means.
pub fn fault(code: i64) -> Fault {
    TABLE.iter().find(|(codes, ..)| codes.contains(&code)).map_or(UNLISTED, |(_, class, then, words)| Fault {
        class: *class,
        then: *then,
        words,
    })
}

/// The subcode that turns "invalid parameter" into "there is no such number".
pub(super) const NO_SUCH_OBJECT: i64 = 33;

const UNLISTED: Fault =
    Fault { class: ErrorClass::Never, then: Then::ByStatus, words: "WhatsApp gave a reason we do not know" };

const fn again(after: Span) -> Then {
    Then::Again { after }
}

const fn slow(after: Span) -> Then {
    Then::Slow { after }
}

const fn stop(reason: StopReason) -> Then {
    Then::Stop { reason }
}

use ErrorClass::{Account, Never as Unfit, Recipient, Retry, Template, Wait};
use StopReason::{AccountRestricted, NotRegistered, PaymentProblem, PermissionMissing, TokenExpired};
use Then::Never;

/// Of overlapping ranges the first counts.
const TABLE: &[(RangeInclusive<i64>, ErrorClass, Then, &str)] = &[
    (0..=0, Account, stop(TokenExpired), "the access token is not valid"),
    (1..=2, Retry, again(Span::seconds(1)), "WhatsApp has a passing fault"),
    (3..=3, Account, stop(PermissionMissing), "the access token may not do this"),
    (4..=4, Wait, slow(Span::seconds(60)), "the app has made too many calls"),
    (10..=10, Account, stop(PermissionMissing), "the access token may not do this"),
    (NO_SUCH_OBJECT..=NO_SUCH_OBJECT, Account, stop(NotRegistered), "WhatsApp does not know this number"),
    (100..=100, Unfit, Never, "a part of the message is not valid"),
    (190..=190, Account, stop(TokenExpired), "the access token is not valid or has expired"),
    (200..=299, Account, stop(PermissionMissing), "the access token may not do this"),
    (368..=368, Account, stop(AccountRestricted), "the account is blocked for breaking a policy"),
    (80_007..=80_007, Wait, slow(Span::seconds(60)), "the account has made too many calls"),
    (130_429..=130_429, Wait, slow(Span::seconds(2)), "the number has reached its throughput"),
    (130_472..=130_472, Recipient, Never, "WhatsApp withholds marketing from this customer"),
    (130_497..=130_497, Recipient, Never, "the business may not write to this country"),
    (131_000..=131_000, Retry, again(Span::seconds(1)), "something went wrong at WhatsApp"),
    (131_005..=131_005, Account, stop(PermissionMissing), "the access token may not do this"),
    (131_008..=131_008, Unfit, Never, "a part of the message is missing"),
    (131_009..=131_009, Unfit, Never, "a part of the message is not valid"),
    (131_016..=131_016, Retry, again(Span::seconds(5)), "WhatsApp is not available"),
    (131_021..=131_021, Recipient, Never, "the customer's number is our own"),
    (131_026..=131_026, Recipient, Never, "the message cannot be delivered to this customer"),
    (131_030..=131_030, Recipient, Never, "a test number may only write to numbers on its list"),
    (131_031..=131_031, Account, stop(AccountRestricted), "the account is locked"),
    (131_037..=131_037, Account, stop(NotRegistered), "the number's display name is not approved"),
    (131_042..=131_042, Account, stop(PaymentProblem), "the account has a payment problem"),
    (131_044..=131_044, Account, stop(PaymentProblem), "the account has a payment problem"),
    (131_045..=131_045, Account, stop(NotRegistered), "the number's registration is not in order"),
    (131_047..=131_047, Template, Never, "the service window is closed: only a template may be sent"),
    (131_048..=131_048, Wait, Never, "too many customers reported messages of this number"),
    (131_049..=131_049, Wait, again(Span::hours(24)), "WhatsApp withholds this message for now"),
    (131_050..=131_050, Recipient, Never, "the customer wants no marketing"),
    (131_051..=131_051, Unfit, Never, "WhatsApp does not support this kind of message"),
    (131_052..=131_052, Unfit, Never, "the customer's file could not be fetched"),
    (131_053..=131_053, Unfit, Never, "the file was not accepted"),
    (131_056..=131_056, Wait, again(Span::seconds(6)), "too many messages to this customer in a short time"),
    (131_057..=131_057, Wait, slow(Span::minutes(5)), "the account is under maintenance"),
    (131_062..=131_062, Recipient, Never, "this message needs the customer's phone number"),
    (131_063..=131_063, Unfit, Never, "marketing templates are switched off"),
    (131_064..=131_064, Wait, Never, "the messaging limit of this kind of template is reached"),
    (132_000..=132_000, Unfit, Never, "the template has another number of parameters"),
    (132_001..=132_001, Unfit, Never, "there is no such approved template in this language"),
    (132_015..=132_015, Unfit, Never, "the template is paused"),
    (132_016..=132_016, Unfit, Never, "the template is disabled"),
    (132_068..=132_068, Unfit, Never, "the form is blocked"),
    (132_069..=132_069, Wait, again(Span::minutes(6)), "the form was sent too often"),
    (132_000..=132_999, Unfit, Never, "the template does not fit"),
    (133_000..=133_999, Account, stop(NotRegistered), "the number's registration is not in order"),
    (134_011..=134_011, Account, Never, "the terms of payments are not accepted"),
    (135_000..=135_000, Unfit, Never, "WhatsApp refused the message"),
    (137_000..=137_000, Recipient, Never, "the customer's identity has changed and must be confirmed"),
    (138_000..=138_999, Unfit, Never, "this concerns calls"),
    (2_388_000..=2_388_999, Unfit, Never, "the template could not be managed"),
    (2_494_000..=2_494_999, Unfit, Never, "the template could not be managed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_table_is_met() {
        for (code, class, then) in [
            (190, Account, stop(TokenExpired)),
            (131_031, Account, stop(AccountRestricted)),
            (250, Account, stop(PermissionMissing)),
            (131_042, Account, stop(PaymentProblem)),
            (133_010, Account, stop(NotRegistered)),
            (130_429, Wait, slow(Span::seconds(2))),
            (80_007, Wait, slow(Span::minutes(1))),
            (131_056, Wait, again(Span::seconds(6))),
            (131_048, Wait, Never),
            (2, Retry, again(Span::seconds(1))),
            (131_047, Template, Never),
            (131_026, Recipient, Never),
            (132_012, Unfit, Never),
            (132_069, Wait, again(Span::minutes(6))),
            (136_024, Unfit, Then::ByStatus),
        ] {
            let found = fault(code);
            assert_eq!((found.class, found.then), (class, then), "{code}");
        }
    }

    #[test]
    fn what_is_tried_again_passes_and_what_is_not_does_not() {
        for (codes, class, then, _) in TABLE {
            let passes = matches!(class, Retry | Wait);
            match then {
                Then::Again { .. } | Then::Slow { .. } => assert!(passes, "{codes:?}"),
                Then::Stop { .. } => assert_eq!(*class, Account, "{codes:?}"),
                Then::Never | Then::ByStatus => assert_ne!(*class, Retry, "{codes:?}"),
            }
        }
    }

    #[test]
    fn ranges_are_not_empty_and_every_fault_has_words() {
        for (codes, _, _, words) in TABLE {
            assert!(!codes.is_empty());
            assert!(words.len() > 10 && !words.ends_with('.'), "{words}");
        }
    }
}
