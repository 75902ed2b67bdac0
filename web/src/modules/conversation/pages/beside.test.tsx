// What an edited message said before: each version by itself, with the hour in sight and the whole moment on demand.
import { act, cleanup, render, screen } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../../api/types';
import { en } from '../../../../tests/english';
import { Edited } from './beside';

beforeAll(() => i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false } }));
afterEach(cleanup);

it('the versions of a message stand apart from their hours', () => {
  const versions = ['Calle Falsa 123', 'Calle Falsa 132'].map((body, index) => ({ content: { type: 'text', body }, said_at: new Date(2026, 10, 30, 21, 12 + index, 15).toISOString() }));
  render(<Edited message={{ versions } as unknown as Message} />);
  act(() => screen.getByRole('button', { name: 'edited' }).click());
  const shown = screen.getAllByRole('listitem').map((item) => item.textContent.replaceAll(/\s/gu, ' '));
  expect(shown).toEqual(['Calle Falsa 123 · 9:12 PM', 'Calle Falsa 132 · 9:13 PM']);
  expect(screen.getByText(/9:12/).title).toMatch(/^Monday, November 30, 2026/);
});
