// Over a field that was locked under its writer's fingers: what happened, and how to copy the words or to go on.
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../api/types';
import { moment } from '../../../i18n/format';
import { useDesk, useLive } from '../../../live/store';
import { copyWords } from '../copy';
import { ownerName } from '../names';
import type { Act } from './actions';

/** Why nothing can be sent: closed, back in the queue, with somebody else, not to be seen any more, or the service window is shut. */
export type Lost = 'closed' | 'waiting' | 'taken' | 'gone' | 'window';

interface Props {
  /** Of what it says. */
  id: string;
  conversation: Conversation;
  /** Null: it is one's own again, and keys were missed in between. */
  lost: Lost | null;
  words: string;
  discard: () => void;
  pick: Act;
  goOn: () => void;
  openTemplates: () => void;
}

export function Kept({ id, conversation, lost, words, discard, pick, goOn, openTemplates }: Props) {
  const { t } = useTranslation();
  const { closings } = useDesk();
  const what = useWhat(conversation, lost);
  // What its writer did themselves is no alarm.
  const own = lost === 'closed' && closings.isBegunHere(conversation.id);
  const written = words.trim() !== '';
  return (
    <div role={own ? 'status' : 'alert'} className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2">
      <div id={id} className="min-w-48 flex-1">
        <p className="font-medium">{what}</p>
        <p className="text-sm text-quiet">{t(lost === null ? 'kept.go_on_hint' : written ? (lost === 'waiting' ? 'kept.words_pick' : 'kept.words') : 'kept.nothing')}</p>
      </div>
      {/* A press takes no focus from the field, or all of this were gone before its click. */}
      <div className="flex flex-wrap gap-2" onMouseDown={(event) => event.preventDefault()}>
        {written && (
          <button type="button" className="button" onClick={() => copyWords(words)}>
            {t('message.copy')}
          </button>
        )}
        {written && lost !== null && (
          <button type="button" className="button" onClick={discard}>
            {t('message.discard')}
          </button>
        )}
        {lost === 'waiting' && (
          <button
            type="button"
            className="button now"
            aria-disabled={pick.run === undefined}
            title={pick.why}
            aria-keyshortcuts="Alt+P"
            onClick={() => {
              pick.run?.();
              goOn();
            }}
          >
            {t('kept.pick_again')} <kbd aria-hidden className="!border-current !bg-transparent !text-current opacity-80 pointer-coarse:hidden">Alt P</kbd>
          </button>
        )}
        {lost === 'window' && (
          <button type="button" className="button ink" aria-keyshortcuts="Alt+T" onClick={openTemplates}>
            {t('message.use_template')}
          </button>
        )}
        {lost === null && (
          <button type="button" className="button ink" onClick={goOn}>
            {t('kept.go_on')} <kbd aria-hidden className="!border-current !bg-transparent !text-current opacity-80 pointer-coarse:hidden">Esc</kbd>
          </button>
        )}
      </div>
    </div>
  );
}

/** In words, from the last line of its history where it tells. */
function useWhat({ id, owner, window_until: until }: Conversation, lost: Lost | null): string {
  const { t } = useTranslation();
  const { me } = useDesk();
  const reason = useLive(({ model }) => model.chats.get(id)?.history.findLast(({ kind }) => kind === 'owner_changed')?.reason ?? null);
  const by = useLive(({ model }) => model.chats.get(id)?.history.findLast(({ kind }) => kind === 'conversation_closed')?.actor_id ?? null);
  const closer = useLive(({ model }) => (by === null ? t('owner.system') : ownerName(model, { kind: 'agent', id: by }, me.user.id)));
  const place = useLive(({ model }) => ownerName(model, owner, me.user.id));
  switch (lost) {
    case null:
      return t('kept.yours_again');
    case 'closed':
      return t('kept.closed', { name: closer });
    case 'waiting':
      return t(reason === 'taken_back' ? 'kept.taken_back' : reason === 'disconnected' ? 'kept.disconnected' : 'kept.waiting', { to: place });
    case 'taken':
      return t('kept.taken', { name: place });
    case 'gone':
      return t('kept.gone');
    case 'window':
      return until === null ? t('composer.window') : t('kept.window', { at: moment(until) });
  }
}
