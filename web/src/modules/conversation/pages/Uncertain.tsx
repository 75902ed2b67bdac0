// Under a message of which nobody knows whether it arrived: said quietly, with what a person can do once they know, or do not.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../api/types';
import { Do } from './Failed';
import { useSettling } from './settling';
import { useTalk } from './talk';

export function Uncertain({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { mine } = useTalk();
  const { settle, resend, busy } = useSettling(message);
  const [asking, setAsking] = useState(false);
  const actions = useRef<HTMLDivElement>(null);
  const asked = useRef(false);
  // The keys stay where the question is, on what does no harm, and go back to where it was asked.
  useEffect(() => {
    if (asking || asked.current) actions.current?.querySelector<HTMLElement>('button:last-of-type')?.focus();
    asked.current = asking;
  }, [asking]);
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !asking) return;
    event.stopPropagation();
    setAsking(false);
  }
  const why = busy ? t('why.under_way') : null;
  return (
    <div className="mt-1 border-t border-line pt-1 text-sm">
      <p className="text-quiet">{t('message.not_certain')}</p>
      {mine && (
        <div ref={actions} role="group" aria-label={t('status.unknown')} className="mt-1 flex flex-wrap gap-x-4 gap-y-1" onKeyDown={onKeyDown}>
          {asking ? (
            <>
              <p role="alert" className="w-full">
                {t('message.twice')}
              </p>
              <Do word={t('message.twice_yes')} act={resend} why={why} />
              <Do word={t('message.cancel')} act={() => setAsking(false)} />
            </>
          ) : (
            <>
              <Do word={t('message.arrived')} act={() => settle('sent')} why={why} />
              <Do word={t('message.not_arrived')} act={() => settle('failed')} why={why} />
              <Do word={t('message.send_again')} act={() => setAsking(true)} why={why} />
            </>
          )}
        </div>
      )}
    </div>
  );
}
