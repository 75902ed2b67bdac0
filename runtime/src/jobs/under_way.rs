//! What runs at this moment. The set outlives whoever gives out jobs, for a task outlives them too.

use dashmap::DashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Keys of jobs whose tasks live. Cheap to clone: all clones are the same set.
#[derive(Debug)]
pub struct UnderWay<K: Eq + Hash>(Arc<DashSet<K>>);

impl<K: Eq + Hash> Clone for UnderWay<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash> Default for UnderWay<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> UnderWay<K> {
    pub fn contains(&self, key: K) -> bool {
        self.0.contains(&key)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn keys(&self) -> Vec<K> {
        self.0.iter().map(|key| *key).collect()
    }

    /// `None`: it runs already.
    pub(super) fn begin(&self, key: K) -> Option<Running<K>> {
        self.0.insert(key).then(|| Running { key, under_way: self.clone() })
    }
}

/// Marks a job as running for as long as its task lives, however that ends.
pub(super) struct Running<K: Copy + Eq + Hash> {
    key: K,
    under_way: UnderWay<K>,
}

impl<K: Copy + Eq + Hash> Drop for Running<K> {
    fn drop(&mut self) {
        self.under_way.0.remove(&self.key);
    }
}
