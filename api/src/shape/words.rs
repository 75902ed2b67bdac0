//! The words that shapes choose from, each list from where the rules keep it: for the description alone. Lists may grow.

use dashoffice_domain::channel::number::StopReason as Stopped;
use dashoffice_domain::channel::outgoing::ErrorClass as Class;
use dashoffice_domain::conversation::ConversationState as State;
use dashoffice_domain::conversation::contact::IdentifierKind as Known;
use dashoffice_domain::conversation::content::MediaKind as File;
use dashoffice_domain::conversation::context::Forwarded as Passed;
use dashoffice_domain::conversation::message::Status as Got;
use dashoffice_domain::identity::{Permission as May, Role as Is};
use dashoffice_domain::routing::{Chosen, Effective};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($($name:ident: $all:expr;)+) => {$(
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($all)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

words! {
    Permission: May::catalogue().iter().map(|entry| entry.name);
    BuiltInRole: Is::BUILT_IN.map(|role| role.name().to_owned());
    NumberState: ["connecting", "connected", "stopped"];
    StopReason: Stopped::ALL.map(Stopped::name);
    ChosenPresence: Chosen::ALL.map(Chosen::name);
    EffectivePresence: Effective::ALL.map(Effective::name);
    IdentifierKind: Known::ALL.map(Known::name);
    ConversationState: State::ALL.map(State::name);
    Direction: ["inbound", "outbound"];
    Forwarded: Passed::ALL.map(Passed::name);
    Status: Got::ALL.map(Got::name);
    MediaKind: File::ALL.map(File::name);
    MediaProgress: ["not_fetched", "fetching", "ready", "failed", "gone"];
    Marketing: dashoffice_domain::conversation::marketing::Marketing::ALL.map(dashoffice_domain::conversation::marketing::Marketing::name);
    ErrorClass: Class::ALL.map(Class::name);
    AuthorKind: ["agent", "bot", "contact"];
    OwnerKind: ["nobody", "bot", "queue", "agent", "offered"];
    UserState: ["active", "disabled"];
    Language: ["es", "pt-BR", "en"];
    SentKind: ["text", "media", "template"];
    SettledAs: ["sent", "failed"];
    Whose: ["mine", "queue", "all"];
    Sorting: ["last_message_at", "waiting"];
    SlotLife: ["gone", "live", "stopping", "resting", "quarantined"];
    StoreStanding: ["clear", "away"];
    HistoryKind: [
        "conversation_opened",
        "conversation_reopened",
        "owner_changed",
        "conversation_closed",
        "message_settled",
    ];
}
