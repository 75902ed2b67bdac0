// Words that were begun where nothing can be written now: they are seen, and their writer may copy them or let them go.
import { useTranslation } from 'react-i18next';
import type { Id } from '../../../api/types';
import { useDesk } from '../../../live/store';
import { copyWords } from '../copy';
import { useDraft } from './drafts';
import { Do } from './Failed';

export function Begun({ conversation }: { conversation: Id }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const [words, write] = useDraft(me.user.id, conversation);
  if (words.trim() === '') return null;
  return (
    <div role="note" aria-label={t('kept.begun')} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-t border-line bg-panel px-4 py-2 text-sm">
      <p className="min-w-48 flex-1">
        <span className="text-quiet">{t('kept.begun')}</span>{' '}
        <span dir="auto" className="line-clamp-2 break-words whitespace-pre-line">
          {words}
        </span>
      </p>
      <p className="flex gap-4">
        <Do word={t('message.copy')} act={() => copyWords(words)} />
        <Do word={t('message.discard')} act={() => write('')} />
      </p>
    </div>
  );
}
