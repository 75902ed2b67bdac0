// What a refusal says to a person: what happened and what to do, in their language; a code alone never.
import i18next from 'i18next';

export function problemText(code: string): string {
  return i18next.t(`problem.${code as 'internal'}`, { defaultValue: i18next.t('problem.other', { code }) });
}

/** Of whatever was thrown: a problem that the server told, or nobody answered. */
export function errorText(error: unknown): string {
  const told = error instanceof Error && 'problem' in error ? (error.problem as { code: string }) : null;
  return problemText(told?.code ?? 'no_connection');
}
