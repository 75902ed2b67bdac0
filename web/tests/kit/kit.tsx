// Parts of the kit on a page of their own: a desk without a server behind it, an address to go to, and axe to object.
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { act, cleanup, fireEvent, render } from '@testing-library/react';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { afterEach, beforeAll, expect } from 'vitest';
import type { Permission } from '../../src/api/types';
import { newQueries } from '../../src/live/freshness';
import { type Desk, DeskContext } from '../../src/live/store';
import { inEnglish } from '../english';
import { furnish } from '../hands';

export function furnished(): void {
  beforeAll(async () => {
    furnish();
    await inEnglish();
  });
  afterEach(() => {
    cleanup();
    localStorage.clear();
  });
}

export interface Shown {
  page: HTMLElement;
  /** What the address says. */
  path: () => string;
  goes: (to: string) => Promise<void>;
}

/** Shows it to somebody who has these permissions. */
export async function show(what: ReactNode, permissions: readonly Permission[] = []): Promise<Shown> {
  cleanup();
  const desk = { me: { permissions }, queries: newQueries() } as unknown as Desk;
  const root = createRootRoute({ component: Outlet });
  const here = createRoute({ getParentRoute: () => root, path: '/', component: () => <main>{what}</main> });
  const elsewhere = createRoute({ getParentRoute: () => root, path: '/elsewhere', component: () => <p>elsewhere</p> });
  const router = createRouter({ routeTree: root.addChildren([here, elsewhere]), history: createMemoryHistory() });
  let page!: HTMLElement;
  await act(async () => {
    await router.load();
    ({ baseElement: page } = render(<DeskContext value={desk}><RouterProvider router={router as never} /></DeskContext>));
  });
  return {
    page,
    path: () => router.state.location.pathname,
    goes: (to) => act(async () => {
      // A guard that asks holds it until somebody answers.
      void router.navigate({ to });
      await new Promise((done) => setTimeout(done));
    }),
  };
}

/** Presses a key where the focus is. */
export function press(key: string, more: KeyboardEventInit = {}): void {
  fireEvent.keyDown(document.activeElement ?? document.body, { key, bubbles: true, cancelable: true, ...more });
}

export async function settle(): Promise<void> {
  await act(() => new Promise((done) => setTimeout(done, 5)));
}

/** Colours are looked at in a browser. */
export async function axeObjectsToNothing(page: HTMLElement): Promise<void> {
  const { violations } = await axe.run(page, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false }, 'page-has-heading-one': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}
