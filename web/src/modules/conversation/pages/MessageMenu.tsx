// What can be done with one message: react, answer, copy. One button beside it; the reason stands where something cannot be done.
import { clsx } from 'clsx';
import { Copy, EllipsisVertical, Reply, type LucideIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../api/types';
import { useNow } from '../../../i18n/now';
import { copyWords } from '../copy';
import { Popover } from '../../../ui/Popover';
import { useGive } from './actions';
import { wordsOf } from './said';
import { useTalk } from './talk';

const EMOJI = ['👍', '❤️', '😂', '😮', '🙏', '✅'];

export function MessageMenu({ message, ours }: { message: Message; ours: string | null }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [anchor, setAnchor] = useState<HTMLButtonElement | null>(null);
  /** A press outside closes it before the click comes, also a press on the button itself. */
  const wasOpen = useRef(false);
  return (
    <>
      <button
        ref={setAnchor}
        type="button"
        data-menu
        className={clsx('icon-button shrink-0 self-center group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-60', open ? 'opacity-100' : 'opacity-0')}
        aria-label={t('message.actions')}
        title={t('message.actions')}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerDown={() => (wasOpen.current = open)}
        onClick={() => {
          setOpen(!wasOpen.current);
          wasOpen.current = false;
        }}
      >
        <EllipsisVertical aria-hidden size={16} />
      </button>
      {open && anchor !== null && <Choices message={message} ours={ours} anchor={anchor} close={() => setOpen(false)} />}
    </>
  );
}

function Choices({ message, ours, anchor, close }: { message: Message; ours: string | null; anchor: HTMLElement; close: () => void }) {
  const { t } = useTranslation();
  const { mine, until, reply } = useTalk();
  const give = useGive();
  const now = useNow();
  const over = useRef(false);
  const shut = until === null || Date.parse(until) <= now;
  const why = !mine ? t('why.not_yours') : message.provider_message_id === null ? t('why.not_known') : null;
  const whyNoReaction = why ?? (shut ? t('why.window_shut') : null);
  const words = wordsOf(message.content);

  function then(act: () => void): void {
    if (over.current) return;
    over.current = true;
    close();
    anchor.focus();
    act();
  }

  return (
    <Popover label={t('message.actions')} anchor={anchor} close={close}>
      <div role="group" aria-label={t('message.react')} className="flex border-b border-line pb-1">
        {EMOJI.map((emoji) => (
          <button
            key={emoji}
            type="button"
            role="menuitemradio"
            aria-checked={emoji === ours}
            aria-disabled={whyNoReaction !== null}
            title={whyNoReaction ?? undefined}
            tabIndex={-1}
            className={clsx('grid size-9 place-items-center rounded text-lg hover:bg-hover focus:bg-hover focus-visible:outline-offset-[-2px] pointer-coarse:size-11', emoji === ours && 'bg-chosen', whyNoReaction !== null && 'opacity-40 grayscale')}
            onClick={() => whyNoReaction === null && then(() => void give('react', { conversation_id: message.conversation_id, message_id: message.id, emoji: emoji === ours ? null : emoji }))}
          >
            {emoji}
          </button>
        ))}
      </div>
      <Item icon={Reply} word={t('message.reply')} keys="R" why={why} choose={() => then(() => reply(message))} />
      <Item icon={Copy} word={t('message.copy')} why={words === null ? t('why.no_words') : null} choose={() => then(() => copyWords(words ?? ''))} />
      {whyNoReaction !== null && <p className="max-w-56 px-3 py-1 text-xs text-quiet">{whyNoReaction}</p>}
    </Popover>
  );
}

function Item({ icon: Icon, word, keys, why, choose }: { icon: LucideIcon; word: string; keys?: string; why: string | null; choose: () => void }) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={why !== null}
      title={why ?? undefined}
      className={clsx('mt-1 flex min-h-8 w-full items-center gap-2 rounded px-3 text-start hover:bg-hover focus:bg-hover focus:outline-none pointer-coarse:min-h-11', why !== null && 'text-quiet')}
      onClick={() => why === null && choose()}
    >
      <Icon aria-hidden size={16} />
      <span className="flex-1">{word}</span>
      {keys !== undefined && (
        <kbd aria-hidden className="pointer-coarse:hidden">
          {keys}
        </kbd>
      )}
    </button>
  );
}
