//! Meta's error codes, each with its class, what is done, what the agent is shown, and who says so. The one place where a code has a
//! meaning: `docs/error-codes.md` and the console's words follow from it (see `tests.rs` beside this file).

use super::Then::{self, Never};
use dashoffice_domain::Span;
use dashoffice_domain::channel::number::StopReason::{
    self, AccountRestricted, NotRegistered, PaymentProblem, PermissionMissing, TokenExpired,
};
use dashoffice_domain::channel::outgoing::ErrorClass::{
    self, Account, Never as Unfit, Recipient, Retry, Template, Wait,
};
use std::ops::RangeInclusive;

/// One line of the table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) codes: RangeInclusive<i64>,
    pub(super) class: ErrorClass,
    pub(super) then: Then,
    /// The key of the console's words.
    pub(super) shown: &'static str,
    /// Who says that the code means this.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers, and for the page that is made of the table"))]
    pub(super) source: &'static str,
    pub(super) words: &'static str,
}

const fn entry(
    codes: RangeInclusive<i64>,
    class: ErrorClass,
    then: Then,
    shown: &'static str,
    source: &'static str,
    words: &'static str,
) -> Entry {
    Entry { codes, class, then, shown, source, words }
}

const fn again(after: Span) -> Then {
    Then::Again { after }
}

const fn slow(after: Span) -> Then {
    Then::Slow { after }
}

const fn stop(reason: StopReason) -> Then {
    Then::Stop { reason }
}

const META: &str = "Meta, WhatsApp error codes";
const GRAPH: &str = "Meta, Graph API error handling and rate limits";
const GROUPS: &str = "Meta, Groups API error codes";
const OPENAPI: &str = "Meta, description of the Cloud API";
const ON_PREMISES: &str = "Meta, errors of the on-premises API, which old statuses carry";
const LIBRARIES: &str = "lists of client libraries";
const REPORTS: &str = "reports of users";

/// Of overlapping ranges the first counts.
#[rustfmt::skip]
pub(super) const TABLE: &[Entry] = &[
    entry(0..=0, Account, stop(TokenExpired), "access", META, "the access token is not valid"),
    entry(1..=2, Retry, again(Span::seconds(1)), "temporary", META, "WhatsApp has a passing fault"),
    entry(3..=3, Account, stop(PermissionMissing), "access", META, "the access token may not do this"),
    entry(4..=4, Wait, slow(Span::seconds(60)), "busy", META, "the app has made too many calls"),
    entry(10..=10, Account, stop(PermissionMissing), "access", META, "the access token may not do this"),
    entry(17..=17, Wait, slow(Span::seconds(60)), "busy", GRAPH, "the user of the access token has made too many calls"),
    entry(32..=32, Wait, slow(Span::seconds(60)), "busy", GRAPH, "the page has made too many calls"),
    entry(33..=33, Account, stop(NotRegistered), "registration", META, "WhatsApp does not know this number, or does not let us use it"),
    entry(100..=100, Unfit, Never, "invalid", META, "a part of the message is not valid"),
    entry(102..=102, Retry, again(Span::seconds(5)), "temporary", GRAPH, "WhatsApp lost the session of the access token"),
    entry(104..=104, Account, stop(PermissionMissing), "access", OPENAPI, "the call was not signed as the app demands"),
    entry(190..=190, Account, stop(TokenExpired), "access", META, "the access token is not valid or has expired"),
    entry(200..=299, Account, stop(PermissionMissing), "access", META, "the access token may not do this"),
    entry(341..=341, Wait, slow(Span::minutes(5)), "busy", GRAPH, "the app has made too many calls and is blocked for a while"),
    entry(368..=368, Account, stop(AccountRestricted), "blocked", META, "the account is blocked for breaking a policy"),
    entry(400..=400, Unfit, Never, "invalid", OPENAPI, "a part of the message is not valid"),
    entry(402..=402, Account, stop(PaymentProblem), "payment", ON_PREMISES, "the account has a payment problem"),
    entry(403..=403, Account, stop(PermissionMissing), "access", OPENAPI, "the access token may not do this"),
    entry(408..=408, Recipient, Never, "undeliverable", ON_PREMISES, "the message expired before it was delivered"),
    entry(410..=410, Recipient, Never, "undeliverable", ON_PREMISES, "the message expired before it was delivered"),
    entry(429..=433, Wait, slow(Span::seconds(60)), "busy", ON_PREMISES, "too many messages were sent at once"),
    entry(470..=470, Template, Never, "window", ON_PREMISES, "the service window is closed: only a template may be sent"),
    entry(471..=471, Wait, slow(Span::minutes(5)), "quality", ON_PREMISES, "too many customers reported messages of this number"),
    entry(472..=472, Recipient, Never, "experiment", ON_PREMISES, "WhatsApp withholds marketing from this customer"),
    entry(500..=500, Retry, again(Span::seconds(1)), "temporary", ON_PREMISES, "something went wrong at WhatsApp"),
    entry(506..=506, Unfit, Never, "invalid", LIBRARIES, "the same was posted just before"),
    entry(613..=613, Wait, slow(Span::seconds(60)), "busy", GRAPH, "calls of this kind have reached their limit"),
    entry(803..=803, Account, stop(NotRegistered), "registration", OPENAPI, "WhatsApp does not know this number, or does not let us use it"),
    entry(1013..=1013, Recipient, Never, "undeliverable", ON_PREMISES, "this customer has no WhatsApp"),
    entry(1015..=1015, Wait, slow(Span::seconds(60)), "busy", ON_PREMISES, "too many messages were sent at once"),
    entry(1026..=1026, Recipient, Never, "undeliverable", ON_PREMISES, "the customer's WhatsApp cannot receive this"),
    entry(2000..=2003, Unfit, Never, "template_values", ON_PREMISES, "the template does not fit"),
    entry(80_000..=80_014, Wait, slow(Span::seconds(60)), "busy", GRAPH, "the account has made too many calls"),
    entry(130_429..=130_429, Wait, slow(Span::seconds(2)), "busy", META, "the number has reached its throughput"),
    entry(130_472..=130_472, Recipient, Never, "experiment", META, "WhatsApp withholds marketing from this customer"),
    entry(130_497..=130_497, Recipient, Never, "closed_to_country", META, "the business may not write to this country"),
    entry(131_000..=131_000, Retry, again(Span::seconds(1)), "temporary", META, "something went wrong at WhatsApp"),
    entry(131_001..=131_001, Unfit, Never, "too_long", LIBRARIES, "the message is too long"),
    entry(131_002..=131_002, Unfit, Never, "invalid", LIBRARIES, "this kind of recipient is not valid"),
    entry(131_005..=131_005, Account, stop(PermissionMissing), "access", META, "the access token may not do this"),
    entry(131_006..=131_006, Unfit, Never, "invalid", LIBRARIES, "something that the message names is not there"),
    entry(131_008..=131_008, Unfit, Never, "invalid", META, "a part of the message is missing"),
    entry(131_009..=131_009, Unfit, Never, "invalid", META, "a part of the message is not valid"),
    entry(131_016..=131_016, Retry, again(Span::seconds(5)), "temporary", META, "WhatsApp is not available"),
    entry(131_020..=131_020, Unfit, Never, "group", GROUPS, "the group has nobody else in it"),
    entry(131_021..=131_021, Recipient, Never, "self", META, "the customer's number is our own"),
    entry(131_026..=131_026, Recipient, Never, "undeliverable", META, "the message cannot be delivered to this customer"),
    entry(131_030..=131_030, Recipient, Never, "not_test_recipient", META, "a test number may only write to numbers on its list"),
    entry(131_031..=131_031, Account, stop(AccountRestricted), "blocked", META, "the account is locked"),
    entry(131_037..=131_037, Account, stop(NotRegistered), "name_not_approved", META, "the number's display name is not approved"),
    entry(131_041..=131_041, Unfit, Never, "group", GROUPS, "there is no such group"),
    entry(131_042..=131_042, Account, stop(PaymentProblem), "payment", META, "the account has a payment problem"),
    entry(131_043..=131_043, Recipient, Never, "undeliverable", LIBRARIES, "the message expired before it was delivered"),
    entry(131_044..=131_044, Account, stop(PaymentProblem), "payment", META, "the account has a payment problem"),
    entry(131_045..=131_045, Account, stop(NotRegistered), "registration", META, "the number's registration is not in order"),
    entry(131_047..=131_047, Template, Never, "window", META, "the service window is closed: only a template may be sent"),
    entry(131_048..=131_048, Wait, slow(Span::minutes(5)), "quality", META, "too many customers reported messages of this number"),
    entry(131_049..=131_049, Wait, again(Span::hours(24)), "withheld", META, "WhatsApp withholds this message for now"),
    entry(131_050..=131_050, Recipient, Never, "opted_out", META, "the customer wants no marketing"),
    entry(131_051..=131_051, Unfit, Never, "unsupported", META, "WhatsApp does not support this kind of message"),
    entry(131_052..=131_052, Unfit, Never, "media", META, "the customer's file could not be fetched"),
    entry(131_053..=131_053, Unfit, Never, "media", META, "the file was not accepted"),
    entry(131_055..=131_055, Unfit, Never, "unsupported", META, "the number may not send this kind of message"),
    entry(131_056..=131_056, Wait, again(Span::seconds(6)), "pair", META, "too many messages to this customer in a short time"),
    entry(131_057..=131_057, Wait, slow(Span::minutes(5)), "maintenance", META, "the account is under maintenance"),
    entry(131_059..=131_059, Unfit, Never, "group", GROUPS, "a list was read with a mark that is no longer valid"),
    entry(131_060..=131_060, Unfit, Never, "unsupported", REPORTS, "WhatsApp does not hand this message out here"),
    entry(131_062..=131_062, Recipient, Never, "wrong_address", META, "this message needs the customer's phone number"),
    entry(131_063..=131_063, Unfit, Never, "marketing_off", META, "marketing templates are switched off"),
    entry(131_064..=131_064, Wait, again(Span::hours(1)), "quality", META, "the messaging limit of this kind of template is reached"),
    entry(131_208..=131_208, Wait, again(Span::seconds(60)), "group", GROUPS, "too much was done with groups in a short time"),
    entry(131_201..=131_299, Unfit, Never, "group", GROUPS, "what was asked of a group cannot be done"),
    entry(132_000..=132_000, Unfit, Never, "template_values", META, "the template has another number of parameters"),
    entry(132_001..=132_001, Unfit, Never, "template_missing", META, "there is no such approved template in this language"),
    entry(132_005..=132_005, Unfit, Never, "template_values", META, "the template is too long with these values"),
    entry(132_007..=132_007, Unfit, Never, "template_policy", META, "the template breaks a rule of WhatsApp"),
    entry(132_008..=132_008, Unfit, Never, "template_values", META, "a value of the template is not valid"),
    entry(132_012..=132_012, Unfit, Never, "template_values", META, "a value of the template is of another kind"),
    entry(132_015..=132_015, Unfit, Never, "template_paused", META, "the template is paused"),
    entry(132_016..=132_016, Unfit, Never, "template_paused", META, "the template is disabled"),
    entry(132_018..=132_018, Unfit, Never, "template_values", META, "a value of the template has line breaks, tabs or too many blanks"),
    entry(132_068..=132_068, Unfit, Never, "form_blocked", META, "the form is blocked"),
    entry(132_069..=132_069, Wait, again(Span::minutes(6)), "form_blocked", META, "the form was sent too often"),
    entry(132_000..=132_999, Unfit, Never, "template_values", META, "the template does not fit"),
    entry(133_004..=133_004, Retry, again(Span::seconds(5)), "temporary", META, "WhatsApp is not available"),
    entry(133_000..=133_999, Account, stop(NotRegistered), "registration", META, "the number's registration is not in order"),
    entry(134_011..=134_011, Account, Never, "payment", META, "the terms of payments are not accepted"),
    entry(134_100..=134_100, Unfit, Never, "marketing_only", META, "this way carries marketing templates alone"),
    entry(134_101..=134_101, Wait, again(Span::minutes(10)), "template_syncing", META, "the template is being made ready for marketing messages"),
    entry(134_102..=134_102, Unfit, Never, "template_paused", META, "the template cannot be used for marketing messages"),
    entry(134_000..=134_999, Unfit, Never, "invalid", META, "WhatsApp refused the message"),
    entry(135_000..=135_000, Unfit, Never, "invalid", META, "WhatsApp refused the message"),
    entry(136_025..=136_025, Unfit, Never, "invalid", LIBRARIES, "the code of a verification is not right"),
    entry(137_000..=137_000, Recipient, Never, "identity", META, "the customer's identity has changed and must be confirmed"),
    entry(138_000..=139_999, Unfit, Never, "call", META, "this concerns calls"),
    entry(1_752_000..=1_752_999, Unfit, Never, "invalid", META, "what was asked of the account cannot be done"),
    entry(2_388_000..=2_388_999, Unfit, Never, "template_policy", META, "the template could not be managed"),
    entry(2_494_000..=2_494_999, Unfit, Never, "template_policy", META, "the template could not be managed"),
    entry(2_593_000..=2_593_999, Unfit, Never, "invalid", META, "what was asked of the account cannot be done"),
];
