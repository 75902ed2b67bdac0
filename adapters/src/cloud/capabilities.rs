//! What the Cloud API takes, as Meta documents it: messages
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>), media, templates.

use dashoffice_domain::Span;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::conversation::content::MediaKind;

pub const CAPABILITIES: Capabilities = Capabilities {
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
