//! Administration on a database.

use super::Store;
use crate::Office;
use crate::administration::{Administered, Author, Decided, Known, KnownTenant, Lane, Wanted, administer};
use crate::judge::{AdminWrite, MOST_AT_ONCE};
use crate::provision::{self, Provision};
use crate::sql::records::{record, statements, unique_values};
use crate::sql::{Connection, Error, values};
use dashoffice_domain::Entity;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::kinds::KINDS;
use dashoffice_runtime::{Commit, Journal as _, Outcome, Unavailable};

impl Store {
    /// Changes what is set up: `decide` sees what is `wanted`, and the instant, and is asked again where somebody else was first. All of what
    /// it decides is written, in one transaction, or nothing.
    ///
    /// # Errors
    /// The inner one is `decide`'s; both say that nothing was written.
    pub async fn administer<E>(
        &self,
        wanted: &Wanted,
        author: &Author,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Result<Vec<Decided>, E>, Unavailable> {
        // One after the other: whoever reads while another writes would read again.
        let _alone = self.inner.administering.lock().await;
        administer(self, wanted, author, Lane::Usual, decide).await
    }

    /// The same with many changes, of which this is a part: it lets others write first, for up to about two seconds, and keeps nobody from
    /// setting something up meanwhile. To take about a millisecond it should change no more than some dozen records.
    ///
    /// # Errors
    /// As [`Self::administer`].
    pub async fn administer_low<E>(
        &self,
        wanted: &Wanted,
        author: &Author,
        decide: impl Fn(&Known, i64) -> Result<Vec<Decided>, E>,
    ) -> Result<Result<Vec<Decided>, E>, Unavailable> {
        let _alone = self.inner.administering_low.lock().await;
        administer(self, wanted, author, Lane::Low, decide).await
    }

    /// What is wanted, as it is now: for whoever only tells what would become of something.
    pub async fn known(&self, wanted: &Wanted) -> Result<Known, Unavailable> {
        Administered::known(self, wanted).await
    }

    /// Makes something be there; asking twice changes nothing. A number is given what came for it while it was not there.
    pub async fn provision(&self, provision: Provision) -> Result<(), Unavailable> {
        self.provision_all(vec![provision]).await
    }

    /// The same with many, of whichever tenants: all of it or nothing, in one transaction.
    pub async fn provision_all(&self, provisions: Vec<Provision>) -> Result<(), Unavailable> {
        self.provision_by(Principal::SYSTEM, provisions).await
    }

    /// The same by somebody.
    pub async fn provision_by(&self, principal: Principal, provisions: Vec<Provision>) -> Result<(), Unavailable> {
        let wanted = provision::wanted(&provisions);
        let decide = |known: &Known, at| provision::decide(&provisions, known, at);
        let author = Author { actor: principal, ..Author::default() };
        let decided = self.administer(&wanted, &author, decide).await?;
        decided.map_err(|reason| Unavailable { doing: "provisioning", reason })?;
        for (tenant, app, number, provider_ref) in provisions.iter().filter_map(Provision::connected) {
            let (tenant, provider_ref) = (tenant.0, provider_ref.to_owned());
            let admin_write = AdminWrite::Connect { tenant, app, number, provider_ref };
            // In the order in which it came; what comes in meanwhile is later only than the first so many.
            while self.inner.writer.admin_write("connecting a number", admin_write.clone()).await?
                >= MOST_AT_ONCE as i64
            {}
        }
        Ok(())
    }
}

impl Administered for Store {
    async fn known(&self, wanted: &Wanted) -> Result<Known, Unavailable> {
        let reading = "reading what is set up";
        self.reading(reading, async |db| db.together(async |db| known(db, wanted).await).await).await
    }

    async fn write(&self, commits: Vec<Commit<Office>>, lane: Lane) -> Outcome {
        match lane {
            Lane::Usual => self.inner.writer.administer(commits).await,
            Lane::Low => self.inner.writer.administer_low(commits).await,
        }
    }

    async fn settled(&self) -> Result<(), Unavailable> {
        self.barrier().await
    }

    fn owned_under(&self) -> Option<i64> {
        self.inner.standing.term()
    }

    fn instant(&self) -> i64 {
        self.inner.writer.instant()
    }
}

async fn known(db: &mut Connection, wanted: &Wanted) -> Result<Known, Error> {
    let mut known = Known::default();
    for tenant in wanted.tenants() {
        let name = db.row("SELECT name FROM tenant WHERE id = $1", values![tenant]).await?;
        let name = name.map(|row| row.columns().text()).transpose()?;
        let settings = Entity::Settings(tenant);
        let sql = "SELECT sequence FROM entity_state WHERE tenant = $1 AND entity_kind = $2 AND entity_id = $3";
        let state = db.row(sql, values![tenant, settings.kind(), settings.id()]).await?;
        let sequence = state.map_or(Ok(0), |row| row.columns().int())?;
        known.tenants.insert(tenant, KnownTenant { name, sequence });
    }
    for kind in KINDS {
        let statements = statements(kind);
        let keys = wanted.of(kind).map(|(tenant, id)| values![tenant, id]).collect();
        let mut found = db.rows_with(&["tenant", "id"], keys, statements.by_id).await?;
        let tenants = wanted.whole(kind).map(|tenant| values![tenant]).collect();
        found.extend(db.rows_with(&["tenant"], tenants, statements.by_tenant).await?);
        for ((place, unique), (columns, sql)) in kind.uniques.iter().enumerate().zip(&statements.by_unique) {
            let mine = wanted.uniques().iter().filter(|(name, of, ..)| *name == kind.name && *of == place);
            let keys = mine.map(|(_, _, tenant, parts)| unique_values(unique, *tenant, parts)).collect();
            found.extend(db.rows_with(columns, keys, sql).await?);
        }
        for row in found {
            let mut c = row.columns();
            let (tenant, id) = (c.id()?, c.id()?);
            let record = record(&mut c, kind, id)?;
            known.records.known((tenant, kind.name, id), record);
        }
    }
    Ok(known)
}
