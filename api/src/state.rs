//! What REST and the live socket share: the store's views, sign-in, and the handles of the office.

use crate::auth::{SecureRandom, SessionCheck, SignIn};
use crate::body::BodyReader;
use crate::files::Files;
use crate::handles::HandlesCell;
use crate::router::Stamps;
use dashoffice_domain::ports::MediaFiles;
use dashoffice_store::Store;
use std::sync::Arc;

/// Everything a signed-in request stands on. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    store: Store,
    sign_in: SignIn,
    handles: HandlesCell,
    stamps: Stamps,
    bodies: BodyReader,
    strangers: BodyReader,
    tables: BodyReader,
    files: Files,
}

impl Api {
    /// The longest body of a request, in bytes.
    pub const LONGEST_BODY: usize = 256 * 1_024;
    /// The longest table that is imported, in bytes; one at a time finds room.
    const LONGEST_TABLE: usize = 8 * 1_024 * 1_024;
    /// What bodies of those who are signed in may take of memory together.
    const ROOM: usize = 32_000_000;
    /// The longest body of somebody who is not signed in. As many as there are connections find room, so that nobody takes it from another.
    const LONGEST_OF_STRANGERS: usize = 4_096;

    pub fn new(
        store: Store,
        handles: HandlesCell,
        stamps: Stamps,
        secure_random: SecureRandom,
        bodies: &BodyReader,
        files: Arc<dyn MediaFiles>,
    ) -> Self {
        let secure_random = Arc::new(secure_random);
        let sign_in = SignIn::new(store.clone(), stamps.clone(), Arc::clone(&secure_random));
        let files = Files::new(files, secure_random);
        let strangers = bodies.apart(Self::LONGEST_OF_STRANGERS, usize::MAX);
        let tables = bodies.apart(Self::LONGEST_TABLE, Self::LONGEST_TABLE);
        let bodies = bodies.apart(Self::LONGEST_BODY, Self::ROOM);
        Self(Arc::new(Inner { store, sign_in, handles, stamps, bodies, strangers, tables, files }))
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }

    /// Says who is behind an access token.
    pub fn sessions(&self) -> &SessionCheck {
        self.0.sign_in.sessions()
    }

    pub fn handles(&self) -> &HandlesCell {
        &self.0.handles
    }

    pub fn stamps(&self) -> &Stamps {
        &self.0.stamps
    }

    /// Customers' files, and the addresses they are shown under.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// Reads bodies of those who are signed in.
    pub fn bodies(&self) -> &BodyReader {
        &self.0.bodies
    }

    /// Reads tables that are imported.
    pub fn bodies_of_tables(&self) -> &BodyReader {
        &self.0.tables
    }

    /// Reads bodies of those who are not: who signs in, or goes on with a session.
    pub fn bodies_of_strangers(&self) -> &BodyReader {
        &self.0.strangers
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}
