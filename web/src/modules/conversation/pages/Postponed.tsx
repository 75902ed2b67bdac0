// Under a message that WhatsApp did not take yet: why, and when it is tried again.
import { useTranslation } from 'react-i18next';
import type { Waiting } from '../../../api/types';
import { time } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { waitText } from '../failure';

export function Postponed({ waiting }: { waiting: Waiting }) {
  const { t } = useTranslation();
  const { reason, until } = waiting;
  const now = useNow();
  const isAhead = until !== null && Date.parse(until) > now;
  return (
    <p className="mt-1 border-t border-line pt-1 text-sm text-quiet">
      {isAhead ? t('message.waits_until', { time: time(until) }) : t('message.waits')} {waitText(reason)}
    </p>
  );
}
