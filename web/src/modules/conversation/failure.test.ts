import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import codes from '../../api/generated/codes.json';
import type { ErrorClass } from '../../api/types';
import { en } from '../../../tests/english';
import { failureOf, failureText, mayTryAgain, waitText } from './failure';

beforeAll(() => i18next.init({ lng: 'en', resources: { en: { translation: en } } }));

const failed = (code: number, kind: ErrorClass) => ({ code, class: kind, text: 'the provider’s own words', details: null, trace_id: null });

describe('why a message failed', () => {
  it.each([
    [131047, 'window'], [131026, 'undeliverable'], [190, 'access'], [231, 'access'], [133_006, 'registration'], [132_015, 'template_paused'], [-1, 'unreachable'], [-2, 'gave_up'], [999_999, null],
  ])('the code %i is known as %s', (code, failure) => expect(failureOf(code)).toBe(failure));

  it('a known code is said in words', () => expect(failureText(failed(131026, 'recipient'))).toBe(en.failure.undeliverable));

  it('a code that a subcode put into another class is said by that class', () => expect(failureText(failed(100, 'account'))).toBe(en.failure_class.account));

  it('every code of the table has words in this console', () => {
    for (const { from, shown } of codes) expect([from, Object.keys(en.failure).includes(shown)]).toEqual([from, true]);
  });

  it.each(['retry', 'wait', 'never', 'template', 'recipient', 'account'] as const)('an unknown code is said by its class: %s', (kind) => {
    expect(failureText(failed(999_999, kind))).toBe(en.failure_class[kind]);
  });

  it('a class of a newer server is not a code alone', () => expect(failureText(failed(999_999, 'sideways' as ErrorClass))).toBe(en.failure_class.never));

  it.each([[131056, 'wait', en.postponed.pair], [80008, 'wait', en.postponed.busy], [2, 'retry', en.postponed.retry], [190, 'account', en.postponed.account], [999_999, 'retry', en.postponed.retry], [999_999, 'sideways', en.postponed.wait]] as const)('a message that waits with the code %i says why', (code, kind, words) => {
    expect(waitText(failed(code, kind as ErrorClass))).toBe(words);
  });

  it('what never passes is not offered again', () => {
    expect((['retry', 'wait', 'account', 'never', 'template', 'recipient'] as const).filter((kind) => mayTryAgain({ class: kind }))).toEqual(['retry', 'wait', 'account']);
  });
});
