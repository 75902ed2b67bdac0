// Says once of each of one's chats, wherever one looks, that it is about to be taken back for want of an answer.
import i18next from 'i18next';
import { useEffect } from 'react';
import type { Conversation, Id } from '../../../api/types';
import { seconds } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { isMine } from '../../../live/lists';
import { type ReplyClock, replyTime } from '../../../live/reply';
import { useDesk, useLive } from '../../../live/store';
import { nameOf } from '../names';
import { toast } from '../../../ui/toasts';

/** The figures in the list and in the chat go on saying it. */
const SAYS_MS = 8_000;

interface Props {
  /** The chat that is on the screen. */
  shown: Id | undefined;
  open: (id: Id) => void;
}

export function ReplyWarnings({ shown, open }: Props) {
  const { me } = useDesk();
  useLive(({ model }) => model.conversations.version);
  const chats = useLive(({ model }) => model.conversations);
  const own = [...chats.values()].filter((chat) => isMine(chat, me.user.id));
  return own.map((chat) => chat.reply_clock && <Warning key={chat.id} chat={chat} clock={chat.reply_clock} shown={chat.id === shown} open={open} />);
}

function Warning({ chat, clock, shown, open }: { chat: Conversation; clock: ReplyClock; shown: boolean; open: (id: Id) => void }) {
  const now = useNow();
  const left = replyTime(clock, now);
  const ending = left !== null && left.ending && left.leftMs > 0;
  // Said when it begins to end; words and place are those of that moment.
  useEffect(() => {
    if (!ending) return;
    const { leftMs } = left;
    const text = i18next.t('reply.warning', { name: nameOf(chat), time: seconds(Math.ceil(leftMs / 1_000)) });
    return toast(text, 'now', Math.min(leftMs, SAYS_MS), shown ? undefined : { label: i18next.t('reply.open'), run: () => open(chat.id) });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- not again for each second, nor for what else changes of the chat
  }, [ending, clock.due_at]);
  return null;
}
