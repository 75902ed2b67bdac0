//! The door: is it Meta's, and what does it say?

use crate::bodies::{KINDS, body, text_of};
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig, signature, signed};
use dashoffice_domain::ports::{Piece, Reading, Webhook as _};
use divan::{Bencher, black_box};

fn channel() -> CloudChannel {
    CloudChannel::new(CloudConfig::default()).unwrap()
}

/// A body split into its items, and each of them understood.
#[divan::bench(args = KINDS)]
fn split_and_decode(bencher: Bencher<'_, '_>, kind: &str) {
    let (channel, body) = (channel(), body(kind));
    bencher.bench(|| {
        for piece in channel.split(black_box(&body)).unwrap() {
            if let Piece::Item { raw, .. } = piece {
                assert!(matches!(channel.decode(&raw), Reading::Understood(_)));
            }
        }
    });
}

/// HMAC-SHA-256 over the raw bytes, compared in constant time.
#[divan::bench(args = [1_000, 64_000, 3_000_000])]
fn check_signature(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = text_of(bytes);
    let header = signature("secret", &body).unwrap();
    bencher.bench(|| assert!(signed(black_box("secret"), Some(&header), black_box(&body))));
}
