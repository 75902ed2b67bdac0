//! The settings that count at this moment, and how each part of the house reads its own.

use crate::configuration::{Configuration, Period};
use dashoffice_actors::auto_responder::{AutoResponderSettings, Words};
use dashoffice_actors::delivery::DeliverySettings;
use dashoffice_actors::intake::ShortWaySettings;
use dashoffice_actors::live::{LiveSettings, OutboxLimits, RingLimits};
use dashoffice_actors::media::{MediaLimits, MediaSettings};
use dashoffice_adapters::cloud::{CurrentPatience, Patience};
use dashoffice_api::TrustedProxies;
use dashoffice_api::body::BodyLimits;
use dashoffice_domain::Span;
use dashoffice_runtime::{Current, HostSettings, Settings};
use dashoffice_store::{Admission, Retention, StoreSettings};
use dashoffice_supervisors::OfficeSettings;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What runs. Cheap to clone: all clones are the same place.
#[derive(Clone)]
pub(crate) struct Running {
    configuration: Settings<Configuration>,
    office: Settings<OfficeSettings>,
    /// Agents of a demo, whom no file sends home.
    cast: Arc<OnceLock<AutoResponderSettings>>,
}

impl Running {
    pub(crate) fn of(configuration: Configuration) -> Self {
        let office = office_settings(&configuration).into();
        Self { configuration: configuration.into(), office, cast: Arc::default() }
    }

    /// From now on this counts, for everybody who reads their settings anew.
    pub(crate) fn take(&self, configuration: Configuration) {
        self.office.set(self.with_cast(office_settings(&configuration)));
        self.configuration.set(configuration);
    }

    /// From now on these agents answer by themselves, whatever a configuration says.
    pub(crate) fn is_answered_by(&self, cast: AutoResponderSettings) {
        // The first cast stays.
        let _ = self.cast.set(cast);
        self.office.set(self.with_cast(office_settings(&self.now())));
    }

    fn with_cast(&self, settings: OfficeSettings) -> OfficeSettings {
        OfficeSettings { auto_responder: self.cast.get().cloned().or(settings.auto_responder), ..settings }
    }

    pub(crate) fn now(&self) -> Arc<Configuration> {
        self.configuration.now()
    }

    pub(super) fn office(&self) -> Settings<OfficeSettings> {
        self.office.clone()
    }

    pub(super) fn store(&self) -> StoreSettings {
        StoreSettings { retention: self.configuration.part(retention), admission: self.configuration.part(admission) }
    }

    /// How long we wait for Meta.
    pub(super) fn patience(&self) -> CurrentPatience {
        let patience = self.configuration.part(patience);
        Arc::new(move || patience.now())
    }

    pub(crate) fn trusted_proxies(&self) -> Current<TrustedProxies> {
        self.configuration.part(|all| all.server.trusted_proxies.0.clone())
    }

    pub(crate) fn webhook_timeout(&self) -> Current<Duration> {
        self.configuration.part(|all| all.server.webhook_timeout.0)
    }

    pub(crate) fn bodies(&self) -> Current<BodyLimits> {
        self.configuration.part(|all| BodyLimits {
            longest: usize::try_from(all.server.body_limit.0).unwrap_or(usize::MAX),
            within: all.server.body_timeout.0,
        })
    }
}

/// For how long the store remembers.
fn retention(configuration: &Configuration) -> Retention {
    let retention = &configuration.retention;
    Retention {
        dedupe: span(retention.dedupe),
        command_results: span(retention.command_results),
        unparsed_items: span(retention.raw_items),
        early_statuses: span(retention.early_statuses),
    }
}

/// How much may wait in the store.
fn admission(configuration: &Configuration) -> Admission {
    let admission = &configuration.admission;
    Admission {
        oldest: span(admission.oldest),
        per_tenant: admission.per_tenant as usize,
        in_all: admission.in_all as usize,
    }
}

fn span(period: Period) -> Span {
    Span(period.0.as_micros() as i64)
}

fn patience(configuration: &Configuration) -> Patience {
    let Configuration { delivery, media, .. } = configuration;
    Patience {
        post_timeout_ms: delivery.post_timeout.0.as_millis() as u64,
        fetch_timeout_ms: media.fetch_timeout.0.as_millis() as u64,
        stall_timeout_ms: media.stall_timeout.0.as_millis() as u64,
    }
}

fn office_settings(configuration: &Configuration) -> OfficeSettings {
    let Configuration { server, kernel, live, delivery, media, answerer, .. } = configuration;
    OfficeSettings {
        host: HostSettings {
            mailbox: kernel.mailbox as usize,
            tries: i64::from(kernel.tries),
            command_timeout: kernel.command_timeout.0,
            idle: kernel.idle.0,
            quarantine: kernel.quarantine.0,
            max_resident: kernel.max_resident as usize,
            ..HostSettings::default()
        },
        crash_tries: i64::from(kernel.crash_tries),
        short_way: ShortWaySettings {
            within: server.short_way.0.min(server.webhook_timeout.0 / 2),
            answered_within: server.webhook_timeout.0,
        },
        live: LiveSettings {
            ring: RingLimits { facts: live.ring_events as usize, bytes: live.ring_size.0 as usize },
            outbox: OutboxLimits { frames: live.console_frames as usize, bytes: live.console_size.0 as usize },
        },
        media: MediaSettings {
            at_once: media.at_once as usize,
            tries: i64::from(media.tries),
            limits: MediaLimits {
                image: media.image.0,
                audio: media.audio.0,
                video: media.video.0,
                document: media.document.0,
                sticker: media.sticker.0,
            },
        },
        delivery: DeliverySettings {
            per_second: delivery.per_second,
            most_at_once: delivery.at_once as usize,
            unknown_holds: delivery.unknown_holds.0,
            gives_up_after: delivery.gives_up_after.0,
        },
        read_marks: delivery.read_marks,
        auto_responder: (!answerer.words.is_empty()).then(|| AutoResponderSettings {
            agents: answerer.agents.clone(),
            words: says(answerer.words.clone()),
            pause: Duration::ZERO,
            closes_one_in: 5,
        }),
    }
}

/// The same to everybody.
fn says(words: String) -> Words {
    Arc::new(move |_, _| words.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{Sources, load};
    use std::path::PathBuf;

    fn loaded(environment: &[(&str, &str)]) -> Configuration {
        let own = |(name, value): &(&str, &str)| (format!("DASHOFFICE__{name}"), (*value).to_owned());
        let environment = environment.iter().map(own).collect();
        let data_dir = Some(PathBuf::from("/nowhere"));
        load(&Sources { data_dir, environment, ..Sources::default() }).unwrap().configuration
    }

    /// All that the house reads of the configuration while it runs.
    fn seen(running: &Running) -> String {
        let StoreSettings { retention, admission } = running.store();
        let said = running.office().now().auto_responder.as_ref().map(|auto_responder| (auto_responder.words)("", 0));
        let (patience, timeout) = ((running.patience())(), running.webhook_timeout());
        let proxies = running.trusted_proxies();
        format!(
            "{retention:?} {admission:?} {patience:?} {timeout:?} {proxies:?} {:?} {:?} {said:?}",
            running.bodies(),
            running.office().now()
        )
    }

    #[test]
    fn e5_every_part_of_the_house_reads_what_was_taken() {
        const AGENT: (&str, &str) = ("ANSWERER__AGENTS", "00000000-0000-0000-0000-000000000001");
        let running = Running::of(loaded(&[]));
        let before = seen(&running);
        for (name, value) in [
            ("SERVER__WEBHOOK_TIMEOUT", "3s"),
            ("SERVER__SHORT_WAY", "20ms"),
            ("SERVER__BODY_LIMIT", "5MB"),
            ("SERVER__BODY_TIMEOUT", "11s"),
            ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8"),
            ("KERNEL__MAILBOX", "65"),
            ("KERNEL__TRIES", "4"),
            ("KERNEL__COMMAND_TIMEOUT", "6s"),
            ("KERNEL__IDLE", "6m"),
            ("KERNEL__QUARANTINE", "2m"),
            ("KERNEL__MAX_RESIDENT", "10001"),
            ("RETENTION__DEDUPE", "10d"),
            ("RETENTION__COMMAND_RESULTS", "8d"),
            ("RETENTION__RAW_ITEMS", "31d"),
            ("RETENTION__EARLY_STATUSES", "10d"),
            ("ADMISSION__OLDEST", "31s"),
            ("ADMISSION__PER_TENANT", "50001"),
            ("ADMISSION__IN_ALL", "200001"),
            ("LIVE__RING_EVENTS", "20001"),
            ("LIVE__RING_SIZE", "17MiB"),
            ("LIVE__CONSOLE_FRAMES", "1025"),
            ("LIVE__CONSOLE_SIZE", "5MiB"),
            ("DELIVERY__POST_TIMEOUT", "21s"),
            ("DELIVERY__PER_SECOND", "81"),
            ("DELIVERY__AT_ONCE", "65"),
            ("DELIVERY__UNKNOWN_HOLDS", "31s"),
            ("DELIVERY__GIVES_UP_AFTER", "25h"),
            ("DELIVERY__READ_MARKS", "false"),
            ("MEDIA__AT_ONCE", "5"),
            ("MEDIA__TRIES", "6"),
            ("MEDIA__FETCH_TIMEOUT", "11m"),
            ("MEDIA__STALL_TIMEOUT", "31s"),
            ("MEDIA__IMAGE", "6MB"),
            ("MEDIA__AUDIO", "17MB"),
            ("MEDIA__VIDEO", "17MB"),
            ("MEDIA__DOCUMENT", "101MB"),
            ("MEDIA__STICKER", "501kB"),
            ("ANSWERER__WORDS", "hello"),
        ] {
            running.take(loaded(&[(name, value), AGENT]));
            assert_ne!(seen(&running), before, "{name} is read by somebody");
            running.take(loaded(&[]));
            assert_eq!(seen(&running), before);
        }
    }

    #[test]
    fn what_is_not_decided_in_time_can_still_be_stored_in_time() {
        let within = |environment: &[(&str, &str)]| Running::of(loaded(environment)).office().now().short_way.within;
        assert_eq!(within(&[]), Duration::from_millis(150));
        assert_eq!(within(&[("SERVER__WEBHOOK_TIMEOUT", "200ms")]), Duration::from_millis(100));
        assert_eq!(within(&[("SERVER__SHORT_WAY", "0s")]), Duration::ZERO, "the way is closed");
    }

    #[test]
    fn the_agents_of_a_demo_stay_whatever_a_file_says() {
        let running = Running::of(loaded(&[]));
        let cast = AutoResponderSettings {
            agents: vec![],
            words: says("cast".into()),
            pause: Duration::ZERO,
            closes_one_in: 0,
        };
        running.is_answered_by(cast);
        running.take(loaded(&[("DELIVERY__PER_SECOND", "7")]));
        assert!(seen(&running).contains("cast") && seen(&running).contains("per_second: 7"));
    }
}
