//! Networks as an operator lists them: `["10.0.0.0/8", "2001:db8::7"]`.

use dashoffice_api::TrustedProxies;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Networks of proxies that we trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Networks(pub(crate) TrustedProxies);

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let networks = Vec::<String>::deserialize(deserializer)?;
        TrustedProxies::parse(networks.iter().map(String::as_str)).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.networks())
    }
}
