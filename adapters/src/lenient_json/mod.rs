//! Other people's JSON, read loosely: one odd member never spoils its neighbours.

mod members;
mod node;
mod salvage;
mod surrogates;

pub(crate) use members::Members;
pub(crate) use node::Node;
pub(crate) use salvage::read;
pub(crate) use surrogates::without_lone_surrogates;
