// What a refusal says to a person: what happened and what to do, in their language; a code alone never.
import i18next from 'i18next';
import type en from '../i18n/en.json';

export function problemText(code: string): string {
  const key = `problem.${code}`;
  return i18next.exists(key) ? i18next.t(key as `problem.${keyof (typeof en)['problem']}`) : i18next.t('problem.other', { code });
}
