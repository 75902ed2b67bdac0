import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorClass } from '../api/types';
import en from '../i18n/en.json';
import { failureOf, failureText, mayTryAgain } from './failure';

beforeAll(() => i18next.init({ lng: 'en', resources: { en: { translation: en } } }));

const failed = (code: number, kind: ErrorClass) => ({ code, class: kind, text: 'the provider’s own words' });

describe('why a message failed', () => {
  it.each([
    [131047, 'window'], [131026, 'undeliverable'], [190, 'access'], [231, 'access'], [133_006, 'registration'], [132_015, 'template_paused'], [-1, 'unreachable'], [-2, 'gave_up'], [999_999, null],
  ])('the code %i is known as %s', (code, failure) => expect(failureOf(code)).toBe(failure));

  it('a known code is said in words, whatever its class', () => expect(failureText(failed(131026, 'never'))).toBe(en.failure.undeliverable));

  it.each(['retry', 'wait', 'never', 'template', 'recipient', 'account'] as const)('an unknown code is said by its class: %s', (kind) => {
    expect(failureText(failed(999_999, kind))).toBe(en.failure_class[kind]);
  });

  it('a class of a newer server is not a code alone', () => expect(failureText(failed(999_999, 'sideways' as ErrorClass))).toBe(en.failure_class.never));

  it('what never passes is not offered again', () => {
    expect((['retry', 'wait', 'account', 'never', 'template', 'recipient'] as const).filter((kind) => mayTryAgain({ class: kind }))).toEqual(['retry', 'wait', 'account']);
  });
});
