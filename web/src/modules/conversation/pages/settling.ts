// What a person may say of a message that may not have arrived, and what was said of it.
import type { CommandBodies, HistoryLine, Message } from '../../../api/types';
import { useLive } from '../../../live/store';
import { useGive } from './actions';

export interface Settling {
  settle: (as: CommandBodies['settle']['as']) => void;
  resend: () => void;
  /** One of them is under way. */
  busy: boolean;
}

export function useSettling({ conversation_id, id: message_id }: Message): Settling {
  const give = useGive();
  const busy = useLive(({ pending }) => pending.some(({ name, body }) => (name === 'settle' || name === 'resend') && (body as CommandBodies['resend']).message_id === message_id));
  return {
    busy,
    settle: (as) => void give('settle', { conversation_id, message_id, as }),
    resend: () => void give('resend', { conversation_id, message_id }),
  };
}

/** The last word of a person on it. */
export function useSettled({ conversation_id, id }: Message): HistoryLine | undefined {
  return useLive(({ model }) => model.chats.get(conversation_id)?.history.findLast(({ message_id }) => message_id === id));
}
