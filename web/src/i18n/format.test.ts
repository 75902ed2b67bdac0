import i18next from 'i18next';
import { afterEach, describe, expect, it } from 'vitest';
import { daysBetween, left, money, phone, waited } from './format';

await i18next.init({ lng: 'en', resources: { en: {}, es: {}, 'pt-BR': {} } });
afterEach(() => void i18next.changeLanguage('en'));

describe('waiting', () => {
  it.each([
    [-5, '00:00'],
    [151_000, '02:31'],
    [3_600_000, '1:00:00'],
    [47 * 3_600_000, '47:00:00'],
    [49 * 3_600_000, '2 days'],
  ])('%i ms is %s', (ms, text) => expect(waited(ms)).toBe(text));
});

it('what is left is said coarsely, in the language', async () => {
  expect(left(2 * 3_600_000 + 46 * 60_000)).toBe('2 hr 46 min');
  await i18next.changeLanguage('pt-BR');
  expect(left(59 * 60_000 + 59_000)).toBe('59 min');
});

it('days are counted by midnights, not by hours', () => {
  expect(daysBetween(new Date(2026, 10, 20, 23, 59).getTime(), new Date(2026, 10, 21, 0, 1).getTime())).toBe(1);
  expect(daysBetween(new Date(2026, 10, 21, 0, 1).getTime(), new Date(2026, 10, 21, 23, 59).getTime())).toBe(0);
});

it.each([
  ['5511990000001', '+55 11 99000-0001'],
  ['551140000001', '+55 11 4000-0001'],
  ['5215540000003', '+52 55 4000-0003'],
  ['447700900123', '+447700900123'],
  ['BR.1000', 'BR.1000'],
])('the number %s is written %s', (digits, text) => expect(phone(digits)).toBe(text));

it('money is shown as money only where it is surely a number in a currency', () => {
  expect(money('89.90', 'USD')).toBe('$89.90');
  expect(money('89,90', 'BRL')).toBe('89,90 BRL');
  expect(money('', 'BRL')).toBe(' BRL');
});
