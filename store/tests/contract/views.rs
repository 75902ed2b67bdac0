//! Part two: what the api reads and what sign-in writes, on the two databases.

mod access;
mod dead_letters;
mod jobs;
mod lines;
mod lists;
mod longest;
mod marketing;
mod pricing;
mod records;
mod search;
mod set_up;
mod speaking;
mod visibility;
mod visible;

/// Each test twice.
macro_rules! for_both_databases {
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
    };
}
pub(crate) use for_both_databases;
