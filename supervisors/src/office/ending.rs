//! How an office ends: in order, or at once.

use super::Office;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

impl Office {
    /// Lies everything down in order: nothing new is taken, what is in the slots is finished, posts under way come home.
    /// `false`: time ran out; what was left is in the store, and this end does not count as clean.
    pub async fn drain(&self, within: Duration) -> bool {
        self.ended.store(true, SeqCst);
        let tenant_runtimes = self.tenant_runtimes();
        for tenant_runtime in &tenant_runtimes {
            tenant_runtime.take_nothing_more().await;
        }
        let mut clean = self.common.conversations.drain(within).await;
        clean &= self.common.agents.drain(within).await;
        for tenant_runtime in &tenant_runtimes {
            clean &= tenant_runtime.send_nothing_more(within).await;
        }
        // Last: consoles are told of everything that was still decided.
        for tenant_runtime in &tenant_runtimes {
            tenant_runtime.show_nothing_more().await;
        }
        if clean {
            // Unavailable: the next start counts one unclean end too many, and is careful for nothing.
            let _ = self.common.journal.stopped(self.instance, self.common.clock.now()).await;
        }
        clean
    }

    /// Kills whoever stands at a singleton, as a fault of theirs would; they come back.
    pub fn kill_stations(&self) {
        for tenant_runtime in self.tenant_runtimes() {
            tenant_runtime.kill_stations();
        }
    }

    /// Ends everything at once, as a crash would.
    pub fn crash(&self) {
        self.ended.store(true, SeqCst);
        for tenant_runtime in self.tenant_runtimes() {
            tenant_runtime.crash();
        }
        self.common.conversations.crash();
        self.common.agents.crash();
    }
}
