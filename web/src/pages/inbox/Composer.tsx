// Where one answers. It says why it cannot, keeps what was begun, and sends only on purpose.
import { SendHorizontal, X } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message } from '../../api/types';
import { count, moment } from '../../i18n/format';
import { useNow } from '../../i18n/now';
import { isMine } from '../../live/lists';
import { useDesk, useLive } from '../../live/store';
import { nameOf } from '../../ui/names';
import type { Act } from './actions';
import { keepDraft, readDraft } from './drafts';
import { Quoted } from './MessageBubble';

const LONGEST = 4_096;
const SAY_LENGTH_FROM = 3_800;
const TYPING_EVERY_MS = 3_000;

export interface ComposerHandle {
  focus: () => void;
  put: (text: string) => void;
}

interface Props {
  ref: Ref<ComposerHandle>;
  conversation: Conversation;
  answering: Message | null;
  forget: () => void;
  pick: Act;
}

export function Composer({ ref, conversation, answering, forget, pick }: Props) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const now = useNow();
  const { state, owner, window_until: until } = conversation;
  if (state === 'closed') return <Shut title={t('composer.closed')} hint={t('composer.closed_hint')} />;
  if (!isMine(conversation, me.user.id)) {
    return owner.kind === 'queue' ? (
      <Shut title={t('composer.waiting')} hint={t('composer.waiting_hint')}>
        <button type="button" className="button now" aria-disabled={pick.run === undefined} title={pick.why} onClick={() => pick.run?.()}>
          {t('conversation.pick')}
        </button>
      </Shut>
    ) : (
      <Shut title={t('composer.not_yours')} hint={t('composer.not_yours_hint')} />
    );
  }
  if (until === null || Date.parse(until) <= now) {
    return <Shut title={t('composer.window')} hint={until === null ? t('composer.window_never') : t('composer.window_hint', { at: moment(until) })} />;
  }
  return <Writing ref={ref} conversation={conversation} answering={answering} forget={forget} />;
}

function Shut({ title, hint, children }: { title: string; hint: string; children?: React.ReactNode }) {
  return (
    <div role="note" className="flex items-center gap-4 border-t border-line bg-panel px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="text-sm text-quiet">{hint}</p>
      </div>
      {children}
    </div>
  );
}

function Writing({ ref, conversation, answering, forget }: Omit<Props, 'pick'>) {
  const { t } = useTranslation();
  const desk = useDesk();
  const { id } = conversation;
  const user = desk.me.user.id;
  const offline = useLive(({ connection }) => connection.phase !== 'live');
  const [text, setText] = useState(() => readDraft(user, id));
  const field = useRef<HTMLTextAreaElement>(null);
  const typedAt = useRef(0);
  const hint = useId();
  const length = Array.from(text).length;
  const sendable = text.trim() !== '' && length <= LONGEST;

  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus(), put: (words) => write(text.trim() === '' ? words : `${text}\n${words}`) }));
  useEffect(() => grow(field.current), [text]);

  function write(words: string): void {
    setText(words);
    keepDraft(user, id, words);
    if (words === '' || Date.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = Date.now();
    desk.client.typing(id);
  }

  function send(): void {
    if (!sendable) return;
    const body = { conversation_id: id, type: 'text' as const, text: text.trim(), ...(answering === null ? {} : { reply_to: answering.id }) };
    // A refusal is shown at the message itself, with its words kept.
    desk.command('send', body).catch(() => undefined);
    write('');
    forget();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !isPhone()) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape') {
      if (answering === null) event.currentTarget.blur();
      else forget();
    }
  }

  return (
    <form
      className="border-t border-line bg-panel px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {answering !== null && (
        <div className="mb-2 flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <Quoted conversation={id} id={answering.id} customer={nameOf(conversation)} />
          </div>
          <button type="button" className="icon-button" aria-label={t('composer.no_quote')} onClick={forget}>
            <X aria-hidden size={16} />
          </button>
        </div>
      )}
      <div className="flex items-end gap-2">
        <textarea
          ref={field}
          dir="auto"
          rows={1}
          className="field max-h-48 min-h-10 flex-1 resize-none py-2 leading-5"
          aria-label={t('composer.label', { name: nameOf(conversation) })}
          aria-describedby={hint}
          placeholder={t('composer.placeholder')}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" className="button ink min-h-10" aria-disabled={!sendable} title={sendable ? undefined : t(length > LONGEST ? 'problem.too_long' : 'problem.empty')}>
          <SendHorizontal aria-hidden size={16} />
          <span className="max-sm:sr-only">{t('composer.send')}</span>
        </button>
      </div>
      <p id={hint} className="mt-1 flex gap-3 text-xs text-quiet">
        <span className="flex-1">{offline ? t('composer.offline') : <span className="pointer-coarse:hidden">{t('composer.hint')}</span>}</span>
        {length >= SAY_LENGTH_FROM && <span className={length > LONGEST ? 'font-semibold text-bad' : ''}>{t('composer.length', { length: count(length), most: count(LONGEST) })}</span>}
      </p>
    </form>
  );
}

/** On a phone Enter makes a line; the button sends. */
function isPhone(): boolean {
  return window.matchMedia('(pointer: coarse)').matches;
}

function grow(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
