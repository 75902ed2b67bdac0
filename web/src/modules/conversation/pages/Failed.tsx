// Under a message that failed: what happened and what to do about it, with the one button that does it.
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../api/types';
import { useDesk, useLive } from '../../../live/store';
import { DECLARED, failureText, mayTryAgain, RESENT } from '../failure';
import { ownerName } from '../names';
import { wordsOf } from './said';
import { useSettled, useSettling } from './settling';
import { useTalk } from './talk';

export function Failed({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { mine, edit, template } = useTalk();
  const { resend, busy } = useSettling(message);
  const { error, content } = message;
  const words = wordsOf(content);
  const isResent = useSettled(message)?.reason === 'resent';
  const mayAgain = !isResent && error !== null && mayTryAgain(error);
  return (
    <div className="mt-1 border-t border-line pt-1 text-sm">
      <Why message={message} />
      {isResent && error?.code !== RESENT && <p className="text-quiet">{t('message.sent_again')}</p>}
      {mine && !isResent && (
        <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
          {error?.class === 'template' && <Do word={t('message.use_template')} act={template} />}
          {mayAgain && <Do word={t('message.send_again')} act={resend} why={busy ? t('why.under_way') : null} />}
          {words !== null && <Do word={t('message.edit_again')} act={() => edit(words)} />}
        </p>
      )}
    </div>
  );
}

/** A provider's reason, or a person's word. */
function Why({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const { error } = message;
  const by = useSettled(message)?.actor_id ?? null;
  const name = useLive(({ model }) => (by === null ? t('owner.agent') : ownerName(model, { kind: 'agent', id: by }, me.user.id)));
  if (error === null) return <p className="text-bad">{t('message.failed')}</p>;
  if (error.code === RESENT) return <p className="text-quiet">{t('message.resent')}</p>;
  if (error.code === DECLARED) return <p className="text-bad">{t('message.declared', { name })}</p>;
  return (
    <>
      <p className="text-bad">{failureText(error)}</p>
      {error.code > 0 && (
        <p dir="auto" className="text-xs text-quiet">
          {t('message.provider_said', { text: error.details ?? error.text, code: error.code })}
        </p>
      )}
    </>
  );
}

/** `why`: it cannot be done now. */
export function Do({ word, act, why = null }: { word: string; act: () => void; why?: string | null }) {
  return (
    <button type="button" className="font-semibold underline underline-offset-2 aria-disabled:text-quiet aria-disabled:no-underline pointer-coarse:py-2" aria-disabled={why !== null} title={why ?? undefined} onClick={() => why === null && act()}>
      {word}
    </button>
  );
}
