//! Who is here: the open sockets of each agent (a set of ids, so that an old tab's late close cannot hide the new one), and the lease of
//! who comes by REST alone, which each of their requests renews (B4). Outlives the router's actor.

use dashoffice_domain::ids::AgentId;
use dashoffice_domain::routing::Connection;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Cheap to clone: all clones are the same list.
#[derive(Clone, Debug, Default)]
pub struct Attendance(Arc<Mutex<HashMap<AgentId, Here>>>);

#[derive(Debug, Default)]
struct Here {
    sockets: HashSet<Uuid>,
    lease: Option<Lease>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    lasts: Duration,
    ends: Instant,
    /// Chats may be offered under it.
    routable: bool,
}

impl Lease {
    fn holds(&self) -> bool {
        Instant::now() < self.ends
    }
}

impl Attendance {
    fn list(&self) -> MutexGuard<'_, HashMap<AgentId, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn opened(&self, agent: AgentId, socket: Uuid) {
        self.list().entry(agent).or_default().sockets.insert(socket);
    }

    pub(super) fn closed(&self, agent: AgentId, socket: Uuid) {
        let mut list = self.list();
        if let Some(here) = list.get_mut(&agent) {
            here.sockets.remove(&socket);
            if here.sockets.is_empty() && here.lease.is_none_or(|lease| !lease.holds()) {
                list.remove(&agent);
            }
        }
    }

    /// Begins a lease, or replaces the one there is.
    pub(super) fn leases(&self, agent: AgentId, lasts: Duration, routable: bool) {
        let lease = Lease { lasts, ends: Instant::now() + lasts, routable };
        self.list().entry(agent).or_default().lease = Some(lease);
    }

    /// Ends a lease; `false`: there was none.
    pub(super) fn ends_lease(&self, agent: AgentId) -> bool {
        self.list().get_mut(&agent).is_some_and(|here| here.lease.take().is_some())
    }

    /// A request of theirs came: a lease that still holds begins anew.
    pub(super) fn renews(&self, agent: AgentId) {
        if let Some(lease) = self.list().get_mut(&agent).and_then(|here| here.lease.as_mut())
            && lease.holds()
        {
            lease.ends = Instant::now() + lease.lasts;
        }
    }

    /// Whose lease holds.
    pub(super) fn leased(&self) -> Vec<AgentId> {
        let list = self.list();
        let leased = list.iter().filter(|(_, here)| here.lease.is_some_and(|lease| lease.holds()));
        leased.map(|(agent, _)| *agent).collect()
    }

    /// How they are there; `None`: they are not.
    pub(super) fn of(&self, agent: AgentId) -> Option<Connection> {
        let list = self.list();
        let here = list.get(&agent)?;
        if !here.sockets.is_empty() {
            return Some(Connection::Connected);
        }
        let lease = here.lease.filter(Lease::holds)?;
        Some(if lease.routable { Connection::Connected } else { Connection::Leased })
    }

    /// For how long they are there if nothing more comes of them; `None`: a socket is there, or nothing is.
    pub(super) fn lasts_for(&self, agent: AgentId) -> Option<Duration> {
        let list = self.list();
        let here = list.get(&agent).filter(|here| here.sockets.is_empty())?;
        here.lease.filter(Lease::holds).map(|lease| lease.ends.duration_since(Instant::now()))
    }
}

/// One list is like itself alone.
impl PartialEq for Attendance {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Attendance {}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: AgentId = AgentId(Uuid::from_u128(1));

    #[test]
    fn b4_the_late_close_of_an_old_tab_does_not_hide_the_new_one() {
        let (attendance, old, new) = (Attendance::default(), Uuid::from_u128(2), Uuid::from_u128(3));
        attendance.opened(ANA, old);
        attendance.opened(ANA, new);
        attendance.closed(ANA, old);
        attendance.closed(ANA, old);
        assert_eq!(attendance.of(ANA), Some(Connection::Connected));
        attendance.closed(ANA, new);
        assert_eq!(attendance.of(ANA), None);
    }

    #[tokio::test(start_paused = true)]
    async fn b4_a_lease_is_renewed_by_each_request_until_it_has_ended() {
        let (attendance, seconds) = (Attendance::default(), Duration::from_secs);
        attendance.renews(ANA);
        assert_eq!(attendance.of(ANA), None, "there is no lease to be renewed");
        attendance.leases(ANA, seconds(30), false);
        for _ in 0..5 {
            tokio::time::advance(seconds(29)).await;
            attendance.renews(ANA);
            assert_eq!(attendance.lasts_for(ANA), Some(seconds(30)));
        }
        assert_eq!((attendance.of(ANA), attendance.leased()), (Some(Connection::Leased), vec![ANA]));
        tokio::time::advance(seconds(30)).await;
        attendance.renews(ANA);
        assert!(attendance.leased().is_empty());
        assert_eq!(
            (attendance.of(ANA), attendance.lasts_for(ANA)),
            (None, None),
            "what has ended is begun anew by nobody"
        );
        attendance.leases(ANA, seconds(30), true);
        assert_eq!(attendance.of(ANA), Some(Connection::Connected));
        assert!(attendance.ends_lease(ANA));
        assert_eq!(attendance.of(ANA), None);
    }

    #[tokio::test(start_paused = true)]
    async fn b4_a_socket_counts_beside_a_lease_and_a_lease_beside_a_socket() {
        let (attendance, tab) = (Attendance::default(), Uuid::from_u128(2));
        attendance.leases(ANA, Duration::from_secs(30), false);
        attendance.opened(ANA, tab);
        assert_eq!((attendance.of(ANA), attendance.lasts_for(ANA)), (Some(Connection::Connected), None));
        attendance.closed(ANA, tab);
        assert_eq!(attendance.of(ANA), Some(Connection::Leased));
        assert_eq!(attendance.lasts_for(ANA), Some(Duration::from_secs(30)));
    }
}
