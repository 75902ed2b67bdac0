// What a message answers: its first words, and the way back to it.
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Id } from '../../../api/types';
import { useLive } from '../../../live/store';
import { useReads } from '../api/reads';
import { saidIn } from './said';
import { useTalk } from './talk';

interface Props {
  id: Id;
  /** Where a tap leads to the original. */
  jumps?: boolean;
}

export function Quoted({ id, jumps = false }: Props) {
  const { t } = useTranslation();
  const { readMessage } = useReads();
  const { id: conversation, customer, jump } = useTalk();
  const message = useLive(({ model }) => model.chats.get(conversation)?.get(id));
  const isHere = message !== undefined;
  useEffect(() => {
    // One that cannot be read stays "an earlier message".
    if (!isHere) readMessage(id).catch(() => undefined);
  }, [readMessage, id, isHere]);
  const words = message === undefined ? t('message.quoted_elsewhere') : saidIn(message.content);
  const face = (
    <>
      {message !== undefined && <span className="block text-xs font-semibold">{message.direction === 'outbound' ? t('message.us') : customer}</span>}
      <span dir="auto" className="line-clamp-2 break-words">
        {words}
      </span>
    </>
  );
  const look = 'block max-h-16 w-full overflow-hidden border-s-2 border-edge ps-2 text-start text-sm text-quiet';
  if (!jumps) return <div className={look}>{face}</div>;
  return (
    <button type="button" className={`${look} mb-1 cursor-pointer hover:text-ink`} aria-label={t('message.jump', { words })} onClick={() => jump(id)}>
      {face}
    </button>
  );
}
