// Where one answers, or the words for why one cannot: closed, somebody else's, still waiting, or only by a template.
import { lazy, type ReactNode, type Ref, Suspense, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isTaken } from '../../../app/hands';
import type { Conversation, Message } from '../../../api/types';
import { moment } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { isMine } from '../../../live/lists';
import { useDesk } from '../../../live/store';
import { isPhone } from '../../../ui/phone';
import type { Act } from './actions';
import { Begun } from './Begun';
import { joined, keepDraft, readDraft } from './drafts';
import type { Lost } from './Kept';
import { Writing, type WritingHandle } from './Writing';

const fetchPicker = () => import('./TemplatePicker').then(({ TemplatePicker }) => ({ default: TemplatePicker }));
const TemplatePicker = lazy(fetchPicker);

interface Props {
  ref: Ref<WritingHandle>;
  conversation: Conversation;
  gone: boolean;
  writing: boolean;
  setWriting: (writing: boolean) => void;
  answering: Message | null;
  forget: () => void;
  /** Something was sent from here. */
  sent: () => void;
  pick: Act;
  /** Whether the templates are open, where there is a choice. */
  templates: boolean;
  openTemplates: (open: boolean) => void;
}

export function Composer({ ref, conversation, gone, writing, setWriting, answering, forget, sent, pick, templates, openTemplates }: Props) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const now = useNow();
  const { state, owner, window_until: until } = conversation;
  const mine = !gone && isMine(conversation, me.user.id);
  useEffect(() => {
    // There before it is asked for: what is typed after its key must find it.
    if (mine) fetchPicker().catch(() => undefined);
  }, [mine]);
  // Who wrote in the chat before, or in the templates, goes on writing where the field is now.
  const field = useRef<WritingHandle>(null);
  function put(words: string): void {
    if (field.current !== null) field.current.put(words);
    else keepDraft(me.user.id, conversation.id, joined(readDraft(me.user.id, conversation.id), words));
  }
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus(), put }));
  const picker = useRef<HTMLDivElement>(null);
  /** Somebody is at the templates: nothing else is put under their fingers. */
  const [at, setAt] = useState(false);
  const shut = until === null || Date.parse(until) <= now;
  const choosing = mine && !shut && (templates || at);
  /** Somebody has left the templates to write; on a phone that would open its keyboard over what they read. */
  const returns = useRef(false);
  useLayoutEffect(() => {
    if (!choosing && (returns.current || isTaken())) field.current?.focus();
    returns.current = false;
  }, [choosing]);
  useLayoutEffect(() => {
    if (!shut && picker.current?.contains(document.activeElement) !== true) setAt(false);
  }, [shut]);
  useLayoutEffect(() => {
    // They stand there by themselves, or there is nobody to send one: what was asked for goes with its reason.
    if (!templates || (mine && !shut)) return;
    openTemplates(false);
    picker.current?.querySelector<HTMLElement>('[role=combobox]')?.focus();
  }, [templates, openTemplates, mine, shut]);
  const lost: Lost | null = gone ? 'gone' : state === 'closed' ? 'closed' : !mine ? (owner.kind === 'queue' ? 'waiting' : 'taken') : shut ? 'window' : null;
  // A field in which somebody writes is never taken away: it stays, and says why it cannot send.
  if (!choosing && (lost === null || writing)) {
    return <Writing ref={field} conversation={conversation} lost={lost} pick={pick} setWriting={setWriting} answering={answering} forget={forget} sent={sent} openTemplates={() => openTemplates(true)} />;
  }
  return (
    <>
      {lost !== null && <Begun conversation={conversation.id} />}
      {instead()}
    </>
  );

  function back(): void {
    returns.current = !isPhone();
    setAt(false);
    openTemplates(false);
  }

  /** What stands where one would answer. */
  function instead(): ReactNode {
    if (lost === 'closed') return <Shut title={t('composer.closed')} hint={t('composer.closed_hint')} />;
    if (lost === 'waiting') {
      return (
        <Shut title={t('composer.waiting')} hint={t('composer.waiting_hint')}>
          <button type="button" className="button now" aria-disabled={pick.run === undefined} title={pick.why} onClick={() => pick.run?.()}>
            {t('conversation.pick')}
          </button>
        </Shut>
      );
    }
    if (!mine) return <Shut title={t('composer.not_yours')} hint={t('composer.not_yours_hint')} />;
    const why = until === null ? t('composer.window_never') : t('composer.window_hint', { at: moment(until) });
    return (
      <div ref={picker} className="contents" onFocus={() => setAt(true)} onBlur={({ currentTarget, relatedTarget }) => setAt(currentTarget.contains(relatedTarget))}>
        <Suspense fallback={<Shut title={t('template.title')} hint={t('opening')} />}>
          <TemplatePicker
            conversation={conversation}
            answering={answering}
            forget={forget}
            sent={sent}
            {...(shut ? { title: t('composer.window'), hint: why, close: null } : { title: t('template.title'), hint: t('template.choose_hint'), close: back })}
          />
        </Suspense>
      </div>
    );
  }
}

function Shut({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
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
