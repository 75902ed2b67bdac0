// The stages of the stories: a browser, and an office to play in: the mock always, the real binary too where DASHOFFICE_BINARY names it.
import { resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Mock, serve } from '../mock/server';
import { binary, Office, type Person } from './office';

export type { Person };

/** Somebody nobody knew before, who writes to a number whose queue the agent serves. */
export interface Customer {
  name: string;
  writes(words: string): Promise<void>;
}

/** What the stories need of the world beyond the browser. */
export interface Stage {
  url: string;
  agent: Person;
  supervisor: Person;
  customer(): Promise<Customer>;
  end(): Promise<void>;
}

export const ANA: Person = { email: 'ana@example.com', password: 'ana-ana-ana' };
export const SOFIA: Person = { email: 'sofia@example.com', password: 'sofia-sofia' };

export function serveMock(chats?: number): Promise<Mock> {
  return serve({ console: resolve('dist'), trafficMs: 0, ...(chats === undefined ? {} : { chats }) });
}

async function onMock(): Promise<Stage> {
  const mock = await serveMock();
  const number = [...mock.world.numbers.values()].find(({ name }) => name === 'loja');
  if (number === undefined) throw new Error('the mock has no number');
  let customers = 0;
  return {
    url: mock.url,
    agent: ANA,
    supervisor: SOFIA,
    customer() {
      customers += 1;
      const [id, name] = [crypto.randomUUID(), `Story ${customers} ${Date.now()}`];
      mock.world.contacts.set(id, { id, name, identifiers: [{ kind: 'wa_id', value: '5511988887777' }], created_at: mock.world.at(), last_seen_at: mock.world.at() });
      return Promise.resolve({ name, writes: (words) => Promise.resolve(void mock.world.inbound(id, number.id, { type: 'text', body: words })) });
    },
    end: () => mock.stop(),
  };
}

async function onBinary(): Promise<Stage> {
  const office = await Office.open();
  const people = await office.customers();
  return {
    url: office.url,
    agent: office.person('emma'),
    supervisor: office.person('supervisor'),
    customer() {
      const next = people.shift();
      if (next === undefined) throw new Error('everybody has been in a story');
      return Promise.resolve({ name: next.name, writes: (words) => office.writes(next.customer, words) });
    },
    end: () => office.close(),
  };
}

export const STAGES: { name: string; raise: () => Promise<Stage> }[] = [{ name: 'the mock', raise: onMock }, ...(binary === undefined ? [] : [{ name: 'the real binary', raise: onBinary }])];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
  });
}

/** A page in English, whatever language the account has; its errors are collected: a story fails on any that it did not expect. */
export async function openPage(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await context.addInitScript(() => {
    if (localStorage.getItem('dashoffice.language') === null) localStorage.setItem('dashoffice.language', 'en');
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // The browser's own words about a server that was taken away are not ours.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) errors.push(message.text());
  });
  return { page, context, errors };
}

export async function signIn(page: Page, url: string, { email, password }: Person): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('tab').first().waitFor();
}
