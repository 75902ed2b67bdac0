// Under a message that failed: what happened and what to do about it, with the one button that does it.
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types';
import { failureText, mayTryAgain } from '../../ui/failure';
import { useGive } from './actions';
import { wordsOf } from './said';
import { useTalk } from './talk';

export function Failed({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { mine, edit, template } = useTalk();
  const give = useGive();
  const { error, content } = message;
  const words = wordsOf(content);
  const again = content.type === 'text' && error !== null && mayTryAgain(error) ? content.body : null;
  return (
    <div className="mt-1 border-t border-line pt-1 text-sm">
      <p className="text-bad">{error === null ? t('message.failed') : failureText(error)}</p>
      {error !== null && <p dir="auto" className="text-xs text-quiet">{error.code < 0 ? error.text : t('message.provider_said', { text: error.text, code: error.code })}</p>}
      {mine && (
        <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
          {error?.class === 'template' && <Do word={t('message.use_template')} act={template} />}
          {again !== null && <Do word={t('message.send_again')} act={() => void give('send', { conversation_id: message.conversation_id, type: 'text', text: again, ...(message.reply_to === null ? {} : { reply_to: message.reply_to }) })} />}
          {words !== null && <Do word={t('message.edit_again')} act={() => edit(words)} />}
        </p>
      )}
    </div>
  );
}

/** Nobody knows whether it arrived: said, and never sent again by itself. */
export function NotCertain() {
  const { t } = useTranslation();
  return <p className="mt-1 border-t border-line pt-1 text-sm text-quiet">{t('message.not_certain')}</p>;
}

export function Do({ word, act }: { word: string; act: () => void }) {
  return (
    <button type="button" className="font-semibold underline underline-offset-2 pointer-coarse:py-2" onClick={act}>
      {word}
    </button>
  );
}
