// What was typed and not saved is not lost by a step too many: whoever leaves is asked first, however they leave.
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../Dialog';
import { useLayer } from '../layer';

export interface Guard {
  /** Goes at once where nothing is lost; else asks, and goes when the answer is yes. */
  leave: (then: () => void) => void;
  /** The question, as long as it stands. */
  question: ReactNode;
}

export function useGuard(isDirty: boolean): Guard {
  const [then, setThen] = useState<{ run: () => void } | null>(null);
  const blocker = useBlocker({ shouldBlockFn: () => isDirty, enableBeforeUnload: () => isDirty, withResolver: true });
  const blocked = blocker.status === 'blocked';
  const layer = useLayer();
  useEffect(() => (isDirty ? layer?.guard((run) => setThen({ run })) : undefined), [isDirty, layer]);
  // What is saved meanwhile holds nobody any more.
  useEffect(() => {
    if (blocked && !isDirty) blocker.proceed();
  }, [blocked, isDirty, blocker]);
  const stay = () => {
    setThen(null);
    if (blocked) blocker.reset();
  };
  const go = () => {
    setThen(null);
    if (blocked) blocker.proceed();
    else then?.run();
  };
  return {
    leave: (run) => (isDirty ? setThen({ run }) : run()),
    question: (blocked || then !== null) && <Question stay={stay} go={go} />,
  };
}

function Question({ stay, go }: { stay: () => void; go: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('form.unsaved')} close={stay}>
      <p>{t('form.unsaved_text')}</p>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={go}>
          {t('form.discard')}
        </button>
        <button type="button" className="button ink" data-focus onClick={stay}>
          {t('form.stay')}
        </button>
      </div>
    </Dialog>
  );
}
