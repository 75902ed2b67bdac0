// Asked before signing out, where something would be left behind: what is open, what is not sent, and what becomes of it.
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk, useLive } from '../live/store';
import { Dialog } from '../ui/Dialog';
import { leave, remaining } from './leaving';

export function SignOut({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const desk = useDesk();
  // As it is while one thinks about it.
  useLive(({ version }) => version);
  const left = remaining(desk);
  const [leaving, setLeaving] = useState(false);
  const stays = useRef(new AbortController());
  function go(closing: boolean): void {
    if (leaving) return;
    setLeaving(true);
    void leave(desk, closing ? left.open : [], stays.current.signal);
  }
  function stay(): void {
    stays.current.abort();
    close();
  }
  const some = left.open.length > 0;
  return (
    <Dialog title={t('leaving.title')} close={stay}>
      <div className="flex flex-col gap-3">
        {some && (
          <p>
            {t('leaving.open', { count: left.open.length })} {left.waiting > 0 && t('leaving.waiting', { count: left.waiting })}
          </p>
        )}
        {some && <p className="text-sm text-quiet">{t('leaving.open_hint')}</p>}
        {!some && <p>{t('leaving.nothing')}</p>}
        {left.unsent > 0 && <p>{t('leaving.unsent', { count: left.unsent })}</p>}
        <div className="flex flex-wrap justify-end gap-2 pt-2">
          <button type="button" className="button" onClick={stay}>
            {t('leaving.stay')}
          </button>
          {some && (
            <button type="button" className="button" aria-disabled={leaving} onClick={() => go(true)}>
              {t('leaving.close')}
            </button>
          )}
          <button type="button" className="button ink" aria-disabled={leaving} onClick={() => go(false)}>
            {t(some ? 'leaving.leave' : 'sign_out')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
