// The field where an answer is written: it keeps what was begun, says what it answers, and sends only on purpose.
import { LayoutTemplate, Paperclip, SendHorizontal, X } from 'lucide-react';
import { type KeyboardEvent, lazy, type Ref, Suspense, useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message } from '../../api/types';
import { count } from '../../i18n/format';
import { useDesk, useLive } from '../../live/store';
import { stopText } from '../../ui/failure';
import { nameOf } from '../../ui/names';
import { keepDraft, readDraft } from './drafts';
import { Quoted } from './Quoted';

const Attach = lazy(() => import('./Attach').then(({ Attach }) => ({ default: Attach })));

const LONGEST = 4_096;
const SAY_LENGTH_FROM = 3_800;
const TYPING_EVERY_MS = 3_000;

export interface WritingHandle {
  focus: () => void;
  put: (text: string) => void;
}

interface Props {
  ref: Ref<WritingHandle>;
  conversation: Conversation;
  answering: Message | null;
  forget: () => void;
  openTemplates: () => void;
}

/** What is being answered, and the way to drop it. */
export function Answering({ message, forget }: { message: Message; forget: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="mb-2 flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <Quoted id={message.id} />
      </div>
      <button type="button" className="icon-button" aria-label={t('composer.no_quote')} title={`${t('composer.no_quote')} (Esc)`} onClick={forget}>
        <X aria-hidden size={16} />
      </button>
    </div>
  );
}

export function Writing({ ref, conversation, answering, forget, openTemplates }: Props) {
  const { t } = useTranslation();
  const desk = useDesk();
  const { id } = conversation;
  const user = desk.me.user.id;
  const offline = useLive(({ connection }) => connection.phase !== 'live');
  const [text, setText] = useState(() => readDraft(user, id));
  const field = useRef<HTMLTextAreaElement>(null);
  const typedAt = useRef(0);
  const hint = useId();
  const [attaching, setAttaching] = useState(false);
  const stopped = useLive(({ model }) => {
    const number = model.numbers.get(conversation.number_id);
    return number?.state === 'stopped' ? stopText(number) : null;
  });
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
    <>
    <form
      className="border-t border-line bg-panel px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {answering !== null && <Answering message={answering} forget={forget} />}
      <div className="flex items-end gap-1 sm:gap-2">
        <button type="button" className="icon-button mb-1 pointer-coarse:mb-0" aria-label={t('composer.attach')} title={t('composer.attach')} onClick={() => setAttaching(true)}>
          <Paperclip aria-hidden size={18} />
        </button>
        <button type="button" className="icon-button mb-1 pointer-coarse:mb-0" aria-label={t('composer.templates')} title={`${t('composer.templates')} (Alt T)`} aria-keyshortcuts="T Alt+T" onClick={openTemplates}>
          <LayoutTemplate aria-hidden size={18} />
        </button>
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
        <span className="flex-1">{offline ? t('composer.offline') : stopped !== null ? t('composer.number_stopped', { reason: stopped }) : <span className="pointer-coarse:hidden">{t('composer.hint')}</span>}</span>
        {length >= SAY_LENGTH_FROM && <span className={length > LONGEST ? 'font-semibold text-bad' : ''}>{t('composer.length', { length: count(length), most: count(LONGEST) })}</span>}
      </p>
    </form>
      {attaching && (
        <Suspense>
          <Attach conversation={id} answering={answering} forget={forget} close={() => setAttaching(false)} />
        </Suspense>
      )}
    </>
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
