// Pick and close, with the reason where one of them cannot be done now. A close can be undone for five seconds, and says what was seen.
import { useTranslation } from 'react-i18next';
import type { CommandBodies, CommandName, Conversation } from '../../../api/types';
import { isMine } from '../../../live/lists';
import { useDesk, useLive } from '../../../live/store';
import { toastError } from '../../../ui/toasts';

export interface Act {
  /** Undefined: not now, and `why`. */
  run: (() => void) | undefined;
  why: string | undefined;
}

/** Gives a command and says why, should it be refused. */
export function useGive(): <N extends CommandName>(name: N, body: CommandBodies[N]) => Promise<unknown> {
  const { command } = useDesk();
  return (name, body) => command(name, body).catch(toastError);
}

export function useActions(conversation: Conversation): { pick: Act; close: Act; undo: (() => void) | undefined } {
  const { t } = useTranslation();
  const desk = useDesk();
  const offline = useLive(({ connection }) => connection.phase !== 'live');
  const give = useGive();
  const { id, owner, owner_epoch } = conversation;
  const picking = useLive(({ pending }) => pending.some(({ name, body }) => name === 'pick' && (body as CommandBodies['pick']).conversation_id === id));
  const closing = useLive(({ closings }) => closings.find((one) => one.conversation === id));
  const may = desk.me.permissions.includes('conversations.pick');

  const pickWhy = !may ? t('problem.forbidden') : offline ? t('why.offline') : picking ? t('why.under_way') : owner.kind !== 'queue' ? t('why.not_waiting') : undefined;
  const closeWhy = !isMine(conversation, desk.me.user.id) ? t('why.not_yours') : offline ? t('why.offline') : closing !== undefined ? t('why.under_way') : undefined;

  return {
    pick: { why: pickWhy, run: pickWhy === undefined ? () => void give('pick', { conversation_id: id, expected_epoch: owner_epoch }) : undefined },
    close: { why: closeWhy, run: closeWhy === undefined ? () => desk.closings.close(id, desk.client.model.conversations.newestSeen(id)) : undefined },
    undo: closing !== undefined && !closing.given ? () => desk.closings.undo(closing.id) : undefined,
  };
}
