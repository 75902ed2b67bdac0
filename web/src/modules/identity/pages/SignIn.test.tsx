// Before anybody is signed in, the focus is theirs all the same.
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { act, cleanup, render } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { en } from '../../../../tests/english';
import common from '../../../i18n/es.json';
import own from '../strings/es.json';
import { SignIn } from './SignIn';

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en }, es: { translation: { ...common, ...own } } } });
});
afterEach(async () => {
  cleanup();
  document.body.replaceChildren();
  await i18next.changeLanguage('en');
});

async function opens(): Promise<void> {
  const router = createRouter({ routeTree: createRootRoute({ component: SignIn }), history: createMemoryHistory() });
  await act(async () => {
    render(<RouterProvider router={router as never} />);
    await router.load();
  });
}
const field = (name: string) => document.querySelector<HTMLInputElement>(`input[name=${name}]`);

it('is in the first field when the page opens', async () => {
  await opens();
  expect(document.activeElement).toBe(field('email'));
});

it('stays where somebody types, also when the language comes later', async () => {
  await opens();
  act(() => field('password')?.focus());
  await act(() => i18next.changeLanguage('es'));
  expect(document.activeElement).toBe(field('password'));
});

it('stays elsewhere, where typing began before the page came', async () => {
  const before = document.createElement('input');
  document.body.append(before);
  before.focus();
  await opens();
  expect(document.activeElement).toBe(before);
});
