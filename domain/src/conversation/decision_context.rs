//! What a decision is made by, beside the state and the command.

use crate::channel::Capabilities;
use crate::time::Timestamp;

/// When something is decided, and what the channel of the thread's number takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionContext {
    pub now: Timestamp,
    pub channel: Capabilities,
}

/// By a channel of which nothing is known.
impl From<Timestamp> for DecisionContext {
    fn from(now: Timestamp) -> Self {
        Self { now, channel: Capabilities::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arrived, believe, id, noon};
    use super::super::{Command, ReplyCommand, Thread};
    use super::*;
    use crate::conversation::content::{Content, Media, MediaKind};
    use crate::item::Said;
    use crate::refusal::Refusal;
    use crate::time::Span;

    const NARROW: Capabilities = Capabilities {
        longest_text: 3,
        longest_caption: 2,
        captioned: &[MediaKind::Image],
        named: &[],
        service_window: Span::hours(1),
        editable: Span::minutes(20),
        files_kept: Span::days(1),
        most_template_values: 0,
        longest_template_value: 0,
    };

    const fn by_it(now: Timestamp) -> DecisionContext {
        DecisionContext { now, channel: NARROW }
    }

    #[test]
    fn what_fits_and_until_when_it_may_be_said_is_the_channels() {
        let mut thread = Thread::fresh(id(7));
        let wrote = thread.receive(&arrived(1, noon()), by_it(noon()));
        believe(&mut thread, &wrote, noon());
        let says = |content, at| {
            let say = ReplyCommand { by: id(101), message: id(9), content, reply_to: None };
            thread.decide(&Command::Say(Box::new(say)), at).map(drop)
        };
        assert_eq!(says(Content::text("sim"), by_it(noon())), Ok(()));
        assert_eq!(says(Content::text("claro"), by_it(noon())), Err(Refusal::TOO_LONG));
        assert_eq!(says(Content::text("claro"), noon().into()), Ok(()));
        let file = |caption: &str| {
            let link = "https://files.example/a".to_owned();
            Content::Media(Media::by_link(MediaKind::Image, link, Some(caption.to_owned()), None))
        };
        assert_eq!(says(file("aí"), by_it(noon())), Ok(()));
        assert_eq!(says(file("veja"), by_it(noon())), Err(Refusal::TOO_LONG));
        let later = noon().plus(Span::hours(1));
        assert_eq!(says(Content::text("sim"), by_it(later)), Err(Refusal::SERVICE_WINDOW_CLOSED));
    }

    #[test]
    fn an_edit_alone_opens_the_window_from_the_earliest_moment_the_channel_lets_it_be_of() {
        let mut edit = arrived(1, noon());
        edit.inbound.what = Said::EditAlone { of: "wamid.0".to_owned(), content: Content::text("oi") };
        let mut thread = Thread::fresh(id(7));
        let edited = thread.receive(&edit, by_it(noon()));
        believe(&mut thread, &edited, noon());
        assert_eq!(thread.window_until, Some(noon().plus(Span::minutes(40))));
    }
}
