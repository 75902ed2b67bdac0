//! What a provider takes and allows: stated once by its adapter, asked by whoever decides what may be said.

use crate::conversation::content::MediaKind;
use crate::time::Span;

/// The limits of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Of a text, in characters.
    pub longest_text: usize,
    /// Of the words beside a file, in characters.
    pub longest_caption: usize,
    /// Kinds of files that go with a caption.
    pub captioned: &'static [MediaKind],
    /// Kinds of files that go with a name.
    pub named: &'static [MediaKind],
    /// How long after a customer's message anything but a template may be said.
    pub service_window: Span,
    /// How long after saying something a customer may edit it.
    pub editable: Span,
    /// How long the provider keeps a file that a customer sent: after it, nobody asks again (A9).
    pub files_kept: Span,
    /// Values of a template.
    pub most_template_values: usize,
    /// Of each of them, in characters.
    pub longest_template_value: usize,
}

impl Capabilities {
    /// What goes to WhatsApp, by whichever provider, as Meta documents it: messages
    /// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>), media, templates.
    pub const WHATSAPP: Self = Self {
        longest_text: 4_096,
        longest_caption: 1_024,
        captioned: &[MediaKind::Image, MediaKind::Video, MediaKind::Document],
        named: &[MediaKind::Document],
        // Meta: the customer service window.
        service_window: Span::hours(24),
        editable: Span::minutes(15),
        files_kept: Span::days(7),
        most_template_values: 100,
        longest_template_value: 1_024,
    };
}

/// Of a number whose channel has not been told.
impl Default for Capabilities {
    fn default() -> Self {
        Self::WHATSAPP
    }
}
