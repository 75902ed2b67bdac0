// Why a number does not send, and who mends it.
import i18next from 'i18next';
import type { NumberLine } from '../api/types';

export function stopText({ state_reason: reason }: Pick<NumberLine, 'state_reason'>): string {
  if (reason === null) return i18next.t('stop_reason.unsaid');
  return i18next.t(`stop_reason.${reason}`, { defaultValue: i18next.t('stop_reason.other', { reason }) });
}
