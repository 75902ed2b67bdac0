// The stage of the stories: a browser, and a server to play against. Without DASHOFFICE_URL it is the mock; with it, a real
// server whose users and customers are described by the JSON file DASHOFFICE_DEMO names.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Mock, serve } from '../mock/server';

export interface Person {
  email: string;
  password: string;
}

/** What the stories need of the world beyond the browser. */
export interface Stage {
  url: string;
  agent: Person;
  supervisor: Person;
  /** A customer, new to everybody, writes to a number whose queue the agent serves. */
  customerWrites(name: string, words: string): Promise<void>;
  /** Ends the agent's sockets and keeps the server out of reach for so long; null where the stage cannot. */
  cut: ((downMs: number) => void) | null;
  mock: Mock | null;
  end(): Promise<void>;
}

interface Demo {
  agent: Person;
  supervisor: Person;
  /** Where a simulated customer's words are posted: `{"name", "text"}`. */
  customer_url: string;
}

export async function raise(): Promise<Stage> {
  const url = process.env.DASHOFFICE_URL;
  if (url !== undefined) {
    const demo = JSON.parse(readFileSync(process.env.DASHOFFICE_DEMO ?? 'demo.json', 'utf8')) as Demo;
    return {
      url, agent: demo.agent, supervisor: demo.supervisor, cut: null, mock: null,
      async customerWrites(name, text) {
        const response = await fetch(demo.customer_url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, text }) });
        if (!response.ok) throw new Error(`the simulated customer could not write: ${response.status}`);
      },
      end: () => Promise.resolve(),
    };
  }
  const mock = await serve({ console: resolve('dist'), chats: Number(process.env.CHATS ?? 48), trafficMs: 0 });
  const number = [...mock.world.numbers.values()].find(({ name }) => name === 'loja');
  if (number === undefined) throw new Error('the mock has no number');
  return {
    url: mock.url,
    agent: { email: 'ana@example.com', password: 'ana-ana-ana' },
    supervisor: { email: 'sofia@example.com', password: 'sofia-sofia' },
    customerWrites(name, text) {
      const known = [...mock.world.contacts.values()].find((contact) => contact.name === name);
      const id = known?.id ?? crypto.randomUUID();
      if (known === undefined) mock.world.contacts.set(id, { id, name, identifiers: [{ kind: 'wa_id', value: '5511988887777' }], created_at: mock.world.at(), last_seen_at: mock.world.at() });
      mock.world.inbound(id, number.id, { type: 'text', body: text });
      return Promise.resolve();
    },
    cut: (downMs) => mock.cut(downMs),
    mock,
    end: () => mock.stop(),
  };
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page in English whose errors are collected: a story fails on any that it did not expect. */
export async function openPage(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
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
  await page.getByRole('tab', { name: /^(Queue|En cola|Fila)/ }).waitFor();
}
