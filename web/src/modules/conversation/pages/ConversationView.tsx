// One conversation: who and where it stands, what was said, and the place to answer.
import { clsx } from 'clsx';
import i18next from 'i18next';
import { ArrowLeft, PanelRight } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../../../app/keys';
import { useOrders } from '../../../app/orders';
import type { Conversation, Id, Message } from '../../../api/types';
import { left, moment, phone, waited } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { isMine } from '../../../live/lists';
import { useDesk, useLive, useTopic } from '../../../live/store';
import { nameOf, ownerName } from '../names';
import { useActions } from './actions';
import { Composer } from './Composer';
import { silence } from './media/player';
import { Messages, type MessagesHandle } from './Messages';
import { ReplyCountdown } from './ReplyCountdown';
import { type Talk, TalkContext } from './talk';
import type { WritingHandle } from './Writing';

const Viewer = lazy(() => import('./media/Viewer').then(({ Viewer }) => ({ default: Viewer })));

interface Props {
  id: Id;
  back: () => void;
  context: boolean;
  toggleContext: () => void;
}

export function ConversationView({ id, back, context, toggleContext }: Props) {
  const { t } = useTranslation();
  useTopic(`conversation:${id}`);
  const current = useLive(({ model }) => model.conversations.get(id));
  const held = useLive(({ model }) => model.cursor.held.has('inbox'));
  /** As it was known last: what is being written in it stays where it is, whatever becomes of it. */
  const [last, keep] = useState(current);
  if (current !== undefined && current !== last) keep(current);
  const [writing, setWriting] = useState(false);
  const gone = current === undefined && held;
  const conversation = current ?? last;
  if (conversation === undefined || (gone && !writing)) {
    return (
      <div className="grid min-w-0 flex-1 place-items-center p-8 text-center text-quiet">
        <div>
          <p className="text-ink">{t(held ? 'conversation.gone' : 'opening')}</p>
          <button type="button" className="button mt-3" onClick={back}>
            {t('conversation.back')}
          </button>
        </div>
      </div>
    );
  }
  return <Opened conversation={conversation} gone={gone} writing={writing} setWriting={setWriting} back={back} context={context} toggleContext={toggleContext} />;
}

interface OpenedProps extends Omit<Props, 'id'> {
  conversation: Conversation;
  /** It may not be seen any more; what was begun to be written in it is its writer's all the same. */
  gone: boolean;
  /** Whether the field for the answer has the focus, or words in it. */
  writing: boolean;
  setWriting: (writing: boolean) => void;
}

function Opened({ conversation, gone, writing, setWriting, back, context, toggleContext }: OpenedProps) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const actions = useActions(conversation);
  const composer = useRef<WritingHandle>(null);
  const messages = useRef<MessagesHandle>(null);
  const [answering, setAnswering] = useState<Message | null>(null);
  const [templates, setTemplates] = useState(false);
  const [viewing, setViewing] = useState<Id | null>(null);
  const mine = !gone && isMine(conversation, me.user.id);
  const { id, number_id: number, window_until: until } = conversation;
  const customer = nameOf(conversation);
  const talk = useMemo<Talk>(
    () => ({
      id, number, customer, mine, until,
      reply(message) {
        setAnswering(message);
        composer.current?.focus();
      },
      edit(words) {
        setTemplates(false);
        composer.current?.put(words);
      },
      view: setViewing,
      jump: (message) => messages.current?.jump(message),
      template: () => setTemplates(true),
    }),
    [id, number, customer, mine, until],
  );
  useReadMark(conversation, mine);
  useEffect(() => silence, []);
  const openTemplates = mine ? () => setTemplates(true) : undefined;
  const pick = gone ? undefined : actions.pick.run;
  const write = () => composer.current?.focus();
  useKeys({ r: write, 'alt+r': write, p: pick, 'alt+p': pick, 'alt+e': gone ? undefined : actions.close.run, t: openTemplates, 'alt+t': openTemplates });
  useOrders(t('conversation.with', { name: customer }), gone ? [] : [
    { key: 'pick', name: t('conversation.pick'), keys: 'P', ...actions.pick },
    { key: 'reply', name: t('keys.reply'), keys: 'R', run: mine ? write : undefined, why: mine ? undefined : t('why.not_yours') },
    { key: 'templates', name: t('keys.templates'), keys: 'T', run: openTemplates, why: mine ? undefined : t('why.not_yours') },
    actions.undo === undefined ? { key: 'close', name: t('conversation.close'), keys: 'Alt E', ...actions.close } : { key: 'undo', name: t('undo'), keys: 'Alt Z', run: actions.undo },
    { key: 'context', name: t('context.toggle'), run: toggleContext },
    { key: 'back', name: t('conversation.back'), keys: 'Esc', run: back },
  ]);
  return (
    <section aria-label={t('conversation.with', { name: customer })} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="@container flex items-center gap-2 border-b border-line bg-panel px-2 py-2 md:px-4">
        <button type="button" className="icon-button md:hidden" aria-label={t('conversation.back')} onClick={back}>
          <ArrowLeft aria-hidden size={20} />
        </button>
        <div className="min-w-0 flex-1">
          <h2 dir="auto" className="truncate text-lg/5 font-semibold" title={customer}>
            {customer}
          </h2>
          {!gone && <Where conversation={conversation} />}
        </div>
        {!gone && <ReplyCountdown conversation={conversation} place="header" />}
        {!gone && <WindowClock until={conversation.window_until} closed={conversation.state === 'closed'} />}
        {!gone && conversation.owner.kind === 'queue' && (
          <Action action={actions.pick} className="now" keys="P" alsoBy="Alt+P">
            {t('conversation.pick')}
          </Action>
        )}
        {actions.undo !== undefined && (
          <Action action={{ run: actions.undo, why: undefined }} keys="Alt Z">
            {t('undo')}
          </Action>
        )}
        {/* Close stays where it is: the second click of a double one undoes nothing. */}
        {mine && (
          <Action action={actions.close} keys="Alt E">
            {t('conversation.close')}
          </Action>
        )}
        <button type="button" className="icon-button" aria-label={t('context.toggle')} title={t('context.toggle')} aria-pressed={context} onClick={toggleContext}>
          <PanelRight aria-hidden size={18} />
        </button>
      </header>
      <TalkContext value={talk}>
        {gone ? <p className="grid min-h-0 flex-1 place-items-center p-8 text-center text-quiet">{t('conversation.gone')}</p> : <Messages ref={messages} />}
        <Composer
          ref={composer}
          conversation={conversation}
          gone={gone}
          writing={writing}
          setWriting={setWriting}
          answering={answering}
          forget={() => setAnswering(null)}
          sent={() => {
            setAnswering(null);
            messages.current?.toEnd();
          }}
          pick={actions.pick}
          templates={templates}
          openTemplates={setTemplates}
        />
        {viewing !== null && !gone && (
          <Suspense>
            <Viewer first={viewing} close={() => setViewing(null)} />
          </Suspense>
        )}
      </TalkContext>
    </section>
  );
}

interface ActionProps {
  action: { run: (() => void) | undefined; why: string | undefined };
  keys: string;
  alsoBy?: string;
  className?: string;
  children: ReactNode;
}

function Action({ action, keys, alsoBy, className, children }: ActionProps) {
  const shortcuts = [keys.replace(' ', '+'), alsoBy].filter((one) => one !== undefined).join(' ');
  return (
    <button type="button" className={clsx('button', className)} aria-disabled={action.run === undefined} title={action.why} aria-keyshortcuts={shortcuts} onClick={() => action.run?.()}>
      {children}
      <kbd aria-hidden className={clsx('pointer-coarse:hidden max-lg:hidden', className === 'now' && '!border-current !bg-transparent !text-current opacity-80')}>
        {keys}
      </kbd>
    </button>
  );
}

function Where({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const now = useNow();
  const queue = useLive(({ model }) => model.queues.get(conversation.queue_id)?.name);
  const number = useLive(({ model }) => model.numbers.get(conversation.number_id)?.display_phone_number);
  const owner = useLive(({ model }) => ownerName(model, conversation.owner, me.user.id));
  const { waiting_since: waiting, contact, state, window_until: until } = conversation;
  const parts = [
    contact.identifier?.kind === 'wa_id' && contact.name !== null ? phone(contact.identifier.value) : null,
    state === 'closed' ? t('state.closed') : conversation.owner.kind === 'queue' ? null : owner,
    queue,
    number === undefined ? null : t('conversation.via', { number }),
  ].filter((part) => part !== null && part !== undefined);
  return (
    // What has no room on a narrow screen is left out whole: it is on a second line, which is not shown.
    <p className="flex h-4 min-w-0 gap-x-2 overflow-hidden text-xs text-quiet max-lg:flex-wrap">
      {waiting !== null && (
        <span className="shrink-0 font-semibold text-now" title={moment(waiting)}>
          {t('conversation.waiting', { time: waited(now - Date.parse(waiting)) })}
        </span>
      )}
      {state !== 'closed' && <span className="min-w-0 truncate lg:hidden">{windowWords(until, now, 'window.short')}</span>}
      <span className="truncate max-lg:hidden">{parts.join(' · ')}</span>
    </p>
  );
}

function WindowClock({ until, closed }: { until: string | null; closed: boolean }) {
  const { t } = useTranslation();
  const now = useNow();
  if (closed) return null;
  const ms = until === null ? 0 : Date.parse(until) - now;
  const soon = ms < 3_600_000;
  return (
    <span className={clsx('text-end text-xs max-lg:hidden', soon ? 'font-semibold text-now' : 'text-quiet')} title={until === null ? t('window.never') : t('window.until', { at: moment(until) })}>
      {windowWords(until, now)}
    </span>
  );
}

function windowWords(until: string | null, now: number, words: 'window.left' | 'window.short' = 'window.left'): string {
  const ms = until === null ? 0 : Date.parse(until) - now;
  return ms > 0 ? i18next.t(words, { time: left(ms) }) : i18next.t('window.shut');
}

/** What is on the screen of its owner has been read. */
function useReadMark(conversation: Conversation, mine: boolean): void {
  const { command } = useDesk();
  const { id, unread } = conversation;
  // Who had it last sees an edit that came after closing.
  const closed = conversation.state === 'closed';
  const last = useLive(({ model }) => model.chats.get(id)?.messages.findLast(({ direction, notice }) => direction === 'inbound' && !notice)?.id);
  useEffect(() => {
    if ((!mine && !closed) || unread === 0 || last === undefined) return;
    const mark = () => {
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
      stop();
      // A refusal means that somebody else has it now: the socket tells.
      command('read', { conversation_id: id, message_id: last }).catch(() => undefined);
    };
    const stop = () => {
      window.removeEventListener('focus', mark);
      document.removeEventListener('visibilitychange', mark);
    };
    window.addEventListener('focus', mark);
    document.addEventListener('visibilitychange', mark);
    mark();
    return stop;
  }, [closed, command, id, last, mine, unread]);
}
