// Asked before signing out, where something would be left behind: what is open, what is not sent, and what becomes of it.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../live/store';
import { Dialog } from '../ui/Dialog';
import { leave, type Remaining } from './leaving';

export function SignOut({ left, close }: { left: Remaining; close: () => void }) {
  const { t } = useTranslation();
  const desk = useDesk();
  const [leaving, setLeaving] = useState(false);
  function go(closing: boolean): void {
    if (leaving) return;
    setLeaving(true);
    void leave(desk, closing ? left.open : []);
  }
  return (
    <Dialog title={t('leaving.title')} close={close}>
      <div className="flex flex-col gap-3">
        {left.open.length > 0 && (
          <p>
            {t('leaving.open', { count: left.open.length })} {left.waiting > 0 && t('leaving.waiting', { count: left.waiting })}
          </p>
        )}
        {left.open.length > 0 && <p className="text-sm text-quiet">{t('leaving.open_hint')}</p>}
        {left.unsent > 0 && <p>{t('leaving.unsent', { count: left.unsent })}</p>}
        <div className="flex flex-wrap justify-end gap-2 pt-2">
          <button type="button" className="button" aria-disabled={leaving} onClick={close}>
            {t('leaving.stay')}
          </button>
          {left.open.length > 0 && (
            <button type="button" className="button" aria-disabled={leaving} onClick={() => go(true)}>
              {t('leaving.close')}
            </button>
          )}
          <button type="button" className="button ink" aria-disabled={leaving} onClick={() => go(false)}>
            {t(left.open.length > 0 ? 'leaving.leave' : 'sign_out')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
