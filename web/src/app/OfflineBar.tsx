// Signed in, and offline all the same: nobody is given to this person, and they must know.
import { useTranslation } from 'react-i18next';
import { useLive } from '../live/store';
import { useChoosePresence } from './presence';

export function OfflineBar() {
  const { t } = useTranslation();
  const choose = useChoosePresence();
  const offline = useLive(({ model, pending }) => model.self?.chosen_presence === 'offline' && !pending.some(({ name }) => name === 'presence'));
  const live = useLive(({ connection }) => connection.phase === 'live');
  return (
    // There before it says anything, or nobody is read it.
    <div role="status" aria-label={t('presence.title')}>
      {offline && live && (
        <div className="flex min-h-8 items-center justify-center gap-3 border-b border-line bg-chosen px-3 py-1 text-sm">
          <span>{t('offline.says')}</span>
          <button type="button" className="rounded px-1 font-semibold underline underline-offset-2 pointer-coarse:py-2" onClick={() => choose('online')}>
            {t('offline.go_online')}
          </button>
        </div>
      )}
    </div>
  );
}
