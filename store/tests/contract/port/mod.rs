//! Part one: the ports, on all three stores.

mod accepting;
mod admin_writes;
mod changes;
mod commits;
mod concurrency;
mod everything;
mod identity;
pub(crate) mod media;
mod projections;
mod published;
mod records;
mod sending;
mod settling;
mod speaking;
mod templates;
mod unmatched;
mod unseen;

/// Each test three times.
macro_rules! for_every_store {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::desk::Desk::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::desk::Desk::postgres().await).await;
            })*
        }
        mod in_memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::desk::Desk::memory().await).await;
            })*
        }
    };
}
pub(crate) use for_every_store;
