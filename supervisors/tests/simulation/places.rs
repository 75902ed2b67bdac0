//! Who there is: two companies that look alike, with two numbers each, the same customers, and agents of their own.

use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, TenantId};
use dashoffice_domain::ports::{ChannelCredentials, NumberRow, Secret};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_store::Provision;
use dashoffice_store::memory::Memory;
use uuid::Uuid;

/// Units of each agent.
pub(crate) const CAPACITY: i64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum House {
    Blue,
    Green,
}

impl House {
    pub(crate) const ALL: [Self; 2] = [Self::Blue, Self::Green];

    const fn id(self, n: u128) -> Uuid {
        Uuid::from_u128((self as u128 + 1) << 32 | n)
    }

    pub(crate) const fn tenant(self) -> TenantId {
        TenantId(self.id(1))
    }

    const fn queue(self) -> QueueId {
        QueueId(self.id(2))
    }

    const fn app(self) -> AppId {
        AppId(self.id(3))
    }

    pub(crate) fn agents(self) -> [AgentId; 3] {
        [0, 1, 2].map(|n| AgentId(self.id(100 + n)))
    }

    pub(crate) fn numbers(self) -> [Number; 2] {
        [0, 1].map(|nth| Number { house: self, nth })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Number {
    pub(crate) house: House,
    nth: u8,
}

impl Number {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        House::ALL.into_iter().flat_map(House::numbers)
    }

    pub(crate) fn id(self) -> NumberId {
        NumberId(self.house.id(10 + u128::from(self.nth)))
    }

    /// What the provider calls it.
    pub(crate) fn reference(self) -> String {
        format!("{:?}.{}", self.house, self.nth)
    }

    /// The number of a line, which must be its own and no mixture.
    pub(crate) fn of(line: &ChannelCredentials) -> Option<Self> {
        Self::all().find(|number| *line == number.line())
    }

    fn line(self) -> ChannelCredentials {
        let reference = self.reference();
        ChannelCredentials {
            access_token: Secret(format!("token of {reference}")),
            provider_ref: reference,
            api_base: None,
            marketing_messages: false,
        }
    }
}

/// Somebody who writes to a number. The same people write to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Customer {
    pub(crate) number: Number,
    pub(crate) nth: usize,
}

impl Customer {
    pub(crate) fn identifier(self) -> Identifier {
        Identifier::new(IdentifierKind::WaId, format!("55119{:08}", self.nth))
    }
}

pub(crate) async fn provision(store: &Memory) {
    for house in House::ALL {
        let tenant = house.tenant();
        let members = house.agents().into();
        let settings = QueueSettings { members, ..QueueSettings::usual(house.queue(), "Ventas") };
        let secret = |what: &str| Secret(format!("{what} of {house:?}"));
        let app = Provision::App {
            tenant,
            id: house.app(),
            provider: "glass".into(),
            app_secret: secret("secret"),
            verify_token: secret("handshake"),
            url_token: secret("address"),
        };
        let agents = house.agents().map(|id| Provision::Agent { tenant, id, capacity_units: CAPACITY });
        let numbers = house.numbers().map(|number| Provision::Number {
            tenant,
            app: house.app(),
            number: NumberRow {
                id: number.id(),
                provider: "glass".into(),
                display_name: number.reference(),
                display_phone_number: "+55 11 0000".into(),
                queue: house.queue(),
                line: number.line(),
                account_ref: None,
            },
        });
        let first = [Provision::Tenant { id: tenant, name: "Loja".into() }, Provision::Queue { tenant, settings }, app];
        for provision in first.into_iter().chain(agents).chain(numbers) {
            store.provision(provision).await.unwrap();
        }
    }
}
