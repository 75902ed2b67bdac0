// Why a message failed, in a person's words: by the provider's code where we know it, else by its class (api-design.md 4).
import i18next from 'i18next';
import type { ErrorClass, NumberLine, SendError } from '../api/types';

/** Codes of WhatsApp's Cloud API that say the same to an agent share their words. */
const CODES = {
  access: [0, 3, 10, 190, 131005],
  blocked: [368, 131031],
  busy: [4, 80007, 130429],
  closed_to_country: [130497],
  experiment: [130472],
  gave_up: [-2],
  identity: [137000],
  invalid: [33, 100, 131008, 131009, 135000],
  maintenance: [131057],
  marketing_off: [131063],
  media: [131052, 131053],
  name_not_approved: [131037],
  not_test_recipient: [131030],
  opted_out: [131050],
  pair: [131056],
  payment: [131042, 131044, 134011],
  quality: [131048, 131064],
  registration: [131045, 133010],
  self: [131021],
  template_missing: [132001],
  template_paused: [132015, 132016],
  template_policy: [132007],
  template_values: [132000, 132005, 132008, 132012],
  temporary: [1, 2, 131000, 131016],
  undeliverable: [131026],
  unreachable: [-1],
  unsupported: [131051],
  window: [131047],
  withheld: [131049],
  wrong_address: [131062],
} as const;

export type Failure = keyof typeof CODES;

const BY_CODE = new Map<number, Failure>((Object.keys(CODES) as Failure[]).flatMap((failure) => CODES[failure].map((code) => [code, failure] as const)));

export function failureOf(code: number): Failure | null {
  if (code >= 200 && code <= 299) return 'access';
  if (code >= 133_000 && code <= 133_016) return 'registration';
  return BY_CODE.get(code) ?? null;
}

/** What happened and what to do; a class of a newer server reads as one that will not pass. */
export function failureText({ code, class: kind }: SendError): string {
  const failure = failureOf(code);
  return failure === null ? i18next.t(`failure_class.${kind}`, { defaultValue: i18next.t('failure_class.never') }) : i18next.t(`failure.${failure}`);
}

/** No provider failed it: a person said that it did not arrive, or said it again instead (api-design.md 4). */
export const DECLARED = -3;
export const RESENT = -4;

/** Whether the same words may be tried again by hand. */
export function mayTryAgain({ class: kind }: { class: ErrorClass }): boolean {
  return kind === 'retry' || kind === 'wait' || kind === 'account';
}

/** Why a number does not send, and who mends it. */
export function stopText({ state_reason: reason }: Pick<NumberLine, 'state_reason'>): string {
  if (reason === null) return i18next.t('stop_reason.unsaid');
  return i18next.t(`stop_reason.${reason}`, { defaultValue: i18next.t('stop_reason.other', { reason }) });
}
