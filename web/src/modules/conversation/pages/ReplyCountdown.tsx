// The reply clock as it runs down, from half of its time on.
import { clsx } from 'clsx';
import { Timer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../api/types';
import { time, waited } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { type ReplyClock, replyTime } from '../../../live/reply';

interface Props {
  conversation: Conversation;
  /** In the list there is room for the figure alone. */
  place: 'row' | 'header';
}

export function ReplyCountdown({ conversation: { reply_clock: clock }, place }: Props) {
  return clock === null ? null : <Running clock={clock} place={place} />;
}

function Running({ clock, place }: { clock: ReplyClock; place: Props['place'] }) {
  const { t } = useTranslation();
  const shown = replyTime(clock, useNow());
  if (shown === null) return null;
  const { leftMs, ending } = shown;
  // What is left of a second is still a second.
  const left = waited(Math.ceil(leftMs / 1_000) * 1_000);
  return (
    <span
      title={t('reply.until', { at: time(clock.due_at) })}
      className={clsx(
        'inline-flex shrink-0 items-center gap-1 rounded text-xs font-semibold tabular-nums',
        place === 'row' ? 'px-1' : 'px-2 py-1',
        ending ? 'bg-now-ground text-on-now' : 'text-now',
      )}
    >
      <Timer aria-hidden size={place === 'row' ? 12 : 14} />
      <span className={place === 'row' ? 'sr-only' : '@max-2xl:sr-only'}>{t(ending ? 'reply.now' : 'reply.within')}</span>
      <span className="min-w-[5ch] text-end">{left}</span>
    </span>
  );
}
