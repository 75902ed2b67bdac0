// The field where an answer is written: it keeps what was begun, says what it answers, and sends only on purpose. When the chat is
// taken away under it, it stays with its words and takes no more.
import { clsx } from 'clsx';
import { LayoutTemplate, Paperclip, SendHorizontal, X } from 'lucide-react';
import { type KeyboardEvent, lazy, type Ref, Suspense, useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { leaveField } from '../../../app/hands';
import { orderOf } from '../../../app/keys';
import type { Conversation, Message } from '../../../api/types';
import { count } from '../../../i18n/format';
import { useDesk, useLive } from '../../../live/store';
import { stopText } from '../../../ui/stopped';
import { isPhone } from '../../../ui/phone';
import { nameOf } from '../names';
import type { Act } from './actions';
import { joined, useDraft } from './drafts';
import { Kept, type Lost } from './Kept';
import { Quoted } from './Quoted';

const Attach = lazy(() => import('./Attach').then(({ Attach }) => ({ default: Attach })));

const LONGEST = 4_096;
const SAY_LENGTH_FROM = 3_800;
const TYPING_EVERY_MS = 3_000;
/** Keys that would have changed what is written, or sent it. */
const WRITES = /^(.|Enter|Backspace|Delete|Dead|Process)$/u;

export interface WritingHandle {
  focus: () => void;
  put: (text: string) => void;
}

interface Props {
  ref: Ref<WritingHandle>;
  conversation: Conversation;
  /** Why nothing can be sent from here any more; null: it can. */
  lost: Lost | null;
  pick: Act;
  /** Told whether somebody writes here: the field has the focus, or words in it. */
  setWriting: (writing: boolean) => void;
  answering: Message | null;
  forget: () => void;
  sent: () => void;
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

export function Writing({ ref, conversation, lost, pick, setWriting, answering, forget, sent, openTemplates }: Props) {
  const { t } = useTranslation();
  const desk = useDesk();
  const { id } = conversation;
  const user = desk.me.user.id;
  const offline = useLive(({ connection }) => connection.phase !== 'live');
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(user, id, () => document.hasFocus() && document.activeElement === field.current);
  const typedAt = useRef(0);
  const entered = useRef(false);
  const hint = useId();
  const happened = useId();
  const [attaching, setAttaching] = useState(false);
  const [focused, setFocused] = useState(false);
  /** Keys were pressed that the field did not take: it takes none until its writer has looked. */
  const [missed, setMissed] = useState(false);
  const locked = lost !== null || missed;
  const stopped = useLive(({ model }) => {
    const number = model.numbers.get(conversation.number_id);
    return number?.state === 'stopped' ? stopText(number) : null;
  });
  const length = Array.from(text).length;
  const sendable = !locked && text.trim() !== '' && length <= LONGEST;

  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus(), put: (words) => write(joined(text, words)) }));
  useEffect(() => grow(field.current), [text]);
  const writing = focused || text.trim() !== '';
  useLayoutEffect(() => setWriting(writing), [setWriting, writing]);
  useLayoutEffect(() => () => setWriting(false), [setWriting]);
  useLayoutEffect(() => {
    // The button that had the focus went with the lock.
    if (locked && focused && document.activeElement === document.body) field.current?.focus();
  }, [locked, focused]);

  function write(words: string): void {
    setText(words);
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
    sent();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (locked && onLockedKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !isPhone()) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape') {
      if (answering === null) leaveField(event.currentTarget);
      else forget();
    }
  }

  /** Whether it was for the locked field alone. */
  function onLockedKey(event: KeyboardEvent<HTMLTextAreaElement>): boolean {
    if (event.key === 'Escape' && missed && lost === null) {
      setMissed(false);
      return true;
    }
    const order = orderOf(event.nativeEvent);
    // Who takes it again has looked.
    if (order === 'alt+p') setMissed(false);
    else if (order === null && WRITES.test(event.key) && !event.ctrlKey && !event.metaKey) setMissed(true);
    return event.key !== 'Escape';
  }

  /** A field that is new has its caret before the words: they go on at their end, until somebody has put it elsewhere. */
  function enter(field: HTMLTextAreaElement): void {
    if (!entered.current) field.setSelectionRange(field.value.length, field.value.length);
    entered.current = true;
  }

  function goOn(): void {
    setMissed(false);
    field.current?.focus();
  }

  return (
    <>
    <form
      data-writing
      className="border-t border-line bg-panel px-4 py-3"
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {locked && <Kept id={happened} conversation={conversation} lost={lost} words={text} discard={() => write('')} pick={pick} goOn={goOn} openTemplates={openTemplates} />}
      {answering !== null && <Answering message={answering} forget={forget} />}
      <div className="flex items-end gap-1 sm:gap-2">
        {!locked && (
          <>
        <button type="button" className="icon-button mb-1 pointer-coarse:mb-0" aria-label={t('composer.attach')} title={t('composer.attach')} onClick={() => setAttaching(true)}>
          <Paperclip aria-hidden size={18} />
        </button>
        <button type="button" className="icon-button mb-1 pointer-coarse:mb-0" aria-label={t('composer.templates')} title={`${t('composer.templates')} (Alt T)`} aria-keyshortcuts="T Alt+T" onClick={openTemplates}>
          <LayoutTemplate aria-hidden size={18} />
        </button>
          </>
        )}
        <textarea
          ref={field}
          dir="auto"
          rows={1}
          className={clsx('field max-h-48 min-h-10 flex-1 resize-none py-2 leading-5', locked && 'bg-paper text-quiet')}
          aria-label={t('composer.label', { name: nameOf(conversation) })}
          aria-describedby={locked ? happened : hint}
          placeholder={locked ? undefined : t('composer.placeholder')}
          readOnly={locked}
          value={text}
          onFocus={(event) => enter(event.currentTarget)}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onPointerDown={() => setMissed(false)}
        />
        {!locked && (
        <button type="submit" className="button ink min-h-10" aria-disabled={!sendable} title={sendable ? undefined : t(length > LONGEST ? 'problem.too_long' : 'problem.empty')}>
          <SendHorizontal aria-hidden size={16} />
          <span className="max-sm:sr-only">{t('composer.send')}</span>
        </button>
        )}
      </div>
      <p id={hint} className={clsx('mt-1 flex gap-3 text-xs text-quiet', locked && 'hidden')}>
        <span className="flex-1">{offline ? t('composer.offline') : stopped !== null ? t('composer.number_stopped', { reason: stopped }) : <span className="pointer-coarse:hidden">{t('composer.hint')}</span>}</span>
        {length >= SAY_LENGTH_FROM && <span className={length > LONGEST ? 'font-semibold text-bad' : ''}>{t('composer.length', { length: count(length), most: count(LONGEST) })}</span>}
      </p>
    </form>
      {attaching && (
        <Suspense>
          <Attach conversation={id} answering={answering} sent={sent} close={() => setAttaching(false)} />
        </Suspense>
      )}
    </>
  );
}

function grow(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
