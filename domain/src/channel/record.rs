//! Numbers, and the providers' applications that they are connected through, as records.

use crate::identity::Permission;
use crate::ids::{AppId, QueueId};
use crate::ports::{ChannelCredentials, NumberRow, Secret};
use crate::record::{Field, Kind, Record, Unique, Value};

/// A provider's application. The token in its webhook's address tells which one it is, over all tenants.
pub static APP: Kind = Kind {
    name: "app",
    plural: "apps",
    table: "provider_app",
    fields: &[
        Field::text("provider", 100),
        Field::text("app_secret", 10_000).secret(),
        Field::text("verify_token", 10_000).secret(),
        Field::text("url_token", 10_000).secret(),
    ],
    uniques: &[Unique { fields: &["url_token"], everywhere: true }],
    is_wired: true,
    is_served: false,
    read: Some(Permission::WriteSettings),
    write: Permission::WriteSettings,
    check: Kind::no_more,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

/// A connected number. Its account may be learnt from its provider; what delivery found of it is no part of the record.
pub static NUMBER: Kind = Kind {
    name: "number",
    plural: "numbers",
    table: "number",
    fields: &[
        Field::id("app_id", "app").stored_as("app"),
        Field::text("provider_ref", 1_000),
        Field::text("name", 1_000).stored_as("display_name"),
        Field::text("display_phone_number", 1_000).optional().never_null(),
        Field::id("queue_id", "queue").stored_as("queue"),
        Field::text("access_token", 10_000).secret(),
        Field::text("api_base", 10_000).optional(),
        Field::boolean("marketing_messages"),
        Field::text("account_ref", 1_000).optional().learnt(),
    ],
    uniques: &[Unique { fields: &["app_id", "provider_ref"], everywhere: false }],
    is_wired: true,
    is_served: false,
    read: None,
    write: Permission::WriteSettings,
    check: Kind::no_more,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

/// An application as its record holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    pub provider: String,
    pub app_secret: Secret,
    pub verify_token: Secret,
    pub url_token: Secret,
}

impl App {
    /// Nothing where the record is of another kind.
    pub fn of(record: &Record) -> Option<Self> {
        let [provider, app_secret, verify_token, url_token] = record.values.as_slice() else { return None };
        let text = |value: &Value| value.as_text().map(str::to_owned);
        Some(Self {
            provider: text(provider)?,
            app_secret: Secret(text(app_secret)?),
            verify_token: Secret(text(verify_token)?),
            url_token: Secret(text(url_token)?),
        })
    }

    /// The values of its record.
    pub fn values(&self) -> Vec<Value> {
        [&self.provider, &self.app_secret.0, &self.verify_token.0, &self.url_token.0].map(Value::text).into()
    }
}

/// A number as its record holds it: all of [`NumberRow`] but the provider, which is its application's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberSettings {
    pub app: AppId,
    pub display_name: String,
    pub display_phone_number: String,
    pub queue: QueueId,
    pub line: ChannelCredentials,
    pub account_ref: Option<String>,
}

impl NumberSettings {
    /// Nothing where the record is of another kind.
    pub fn of(record: &Record) -> Option<Self> {
        let [app, provider_ref, name, phone, queue, access_token, api_base, marketing, account_ref] =
            record.values.as_slice()
        else {
            return None;
        };
        let text = |value: &Value| value.as_text().map(str::to_owned);
        Some(Self {
            app: app.as_id()?.into(),
            display_name: text(name)?,
            display_phone_number: text(phone).unwrap_or_default(),
            queue: queue.as_id()?.into(),
            line: ChannelCredentials {
                provider_ref: text(provider_ref)?,
                access_token: Secret(text(access_token)?),
                api_base: text(api_base),
                marketing_messages: marketing.as_boolean()?,
            },
            account_ref: text(account_ref),
        })
    }

    pub fn row(self, id: crate::ids::NumberId, provider: String) -> NumberRow {
        let Self { display_name, display_phone_number, queue, line, account_ref, .. } = self;
        NumberRow { id, provider, display_name, display_phone_number, queue, line, account_ref }
    }

    /// The values of its record.
    pub fn values(app: AppId, row: &NumberRow) -> Vec<Value> {
        vec![
            Value::id(app.0),
            Value::text(&row.line.provider_ref),
            Value::text(&row.display_name),
            Some(row.display_phone_number.clone()).filter(|phone| !phone.is_empty()).into(),
            Value::id(row.queue.0),
            Value::text(&row.line.access_token.0),
            row.line.api_base.clone().into(),
            Value::Boolean(row.line.marketing_messages),
            row.account_ref.clone().into(),
        ]
    }
}
