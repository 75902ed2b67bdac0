// Why a message failed, in a person's words: by the provider's code where we know it, else by its class (api-design.md 4).
import i18next from 'i18next';
import codes from '../../api/generated/codes.json';
import type en from '../../i18n/en.json';
import type { ErrorClass, SendError } from '../../api/types';

/** Codes that the server made up itself; those of WhatsApp are in one table with it (docs/error-codes.md). */
const OWN: Record<number, Failure> = { [-1]: 'unreachable', [-2]: 'gave_up' };

export type Failure = keyof typeof en.failure;

interface Code {
  from: number;
  to: number;
  class: string;
  shown: string;
}

const TABLE: readonly Code[] = codes;

export function failureOf(code: number): Failure | null {
  const known = TABLE.find(({ from, to }) => from <= code && code <= to)?.shown ?? OWN[code];
  return known === undefined ? null : (known as Failure);
}

/** What happened and what to do; a class of a newer server reads as one that will not pass. Where the server found the code to be of
 * another class than usual (a subcode said so), the class speaks. */
export function failureText({ code, class: kind }: Pick<SendError, 'code' | 'class'>): string {
  const usual = TABLE.find(({ from, to }) => from <= code && code <= to)?.class ?? kind;
  const failure = usual === kind ? failureOf(code) : null;
  return failure === null ? i18next.t(`failure_class.${kind}`, { defaultValue: i18next.t('failure_class.never') }) : i18next.t(`failure.${failure}`);
}

/** Why a message waits that is tried again by itself: nobody need do anything. */
export function waitText({ code, class: kind }: Pick<SendError, 'code' | 'class'>): string {
  const byClass = i18next.t(`postponed.${kind}` as 'postponed.wait', { defaultValue: i18next.t('postponed.wait') });
  return i18next.t(`postponed.${failureOf(code) ?? kind}` as 'postponed.wait', { defaultValue: byClass });
}

/** No provider failed it: a person said that it did not arrive, or said it again instead (api-design.md 4). */
export const DECLARED = -3;
export const RESENT = -4;

/** Whether the same words may be tried again by hand. */
export function mayTryAgain({ class: kind }: { class: ErrorClass }): boolean {
  return kind === 'retry' || kind === 'wait' || kind === 'account';
}
