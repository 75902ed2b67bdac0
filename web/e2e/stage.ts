// The stages of the stories: a browser, and an office to play in: the mock always, the real binary too where DASHOFFICE_BINARY names it.
import { resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Kept, paper, picture, voice } from '../mock/files';
import { type Mock, serve } from '../mock/server';
import type { Content, Id, MediaKind, Message } from '../src/api/types';
import { binary, type FileKind, Office, type Person, type Received } from './office';

export type { Person };

/** Somebody nobody knew before, who writes to a number whose queue the agent serves. */
export interface Customer {
  name: string;
  writes(words: string): Promise<void>;
  /** A file, which is fetched at once. */
  sends(file: FileKind): Promise<void>;
  /** As their first words: they arrive now, and the service window is shut. */
  wroteTooLongAgo(words: string): Promise<void>;
  /** What WhatsApp took for them, in order. */
  received(): Promise<Received[]>;
}

/** What the stories need of the world beyond the browser. */
export interface Stage {
  url: string;
  agent: Person;
  /** Of the same queue. */
  others: Person[];
  supervisor: Person;
  customer(): Promise<Customer>;
  /** Whether WhatsApp takes nothing, and its answers are lost on the way. */
  losesAnswers(loses: boolean): Promise<void>;
  end(): Promise<void>;
}

export const ANA: Person = { email: 'ana@example.com', password: 'ana-ana-ana' };
export const SOFIA: Person = { email: 'sofia@example.com', password: 'sofia-sofia' };

export function serveMock(chats?: number): Promise<Mock> {
  return serve({ console: resolve('dist'), trafficMs: 0, ...(chats === undefined ? {} : { chats }) });
}

async function onMock(): Promise<Stage> {
  const mock = await serveMock();
  const { world } = mock;
  const number = [...world.numbers.values()].find(({ name }) => name === 'loja');
  if (number === undefined) throw new Error('the mock has no number');
  const reactions: (Received & { conversation: Id; at: number })[] = [];
  world.listeners.add(({ cause, changes, position }) => {
    for (const { change } of changes) {
      if (change.name !== 'message.changed' || cause === null) continue;
      const ours = change.body.reactions.find(({ by }) => by === 'outbound');
      reactions.push({ kind: 'reaction', text: ours?.emoji ?? '', answers: null, conversation: change.body.conversation_id, at: position });
    }
  });
  let customers = 0;
  return {
    url: mock.url,
    agent: ANA,
    others: [ANA],
    supervisor: SOFIA,
    customer() {
      customers += 1;
      const [id, name] = [crypto.randomUUID(), `Story ${customers} ${Date.now()}`];
      world.contacts.set(id, { id, name, username: null, identifiers: [{ kind: 'wa_id', value: '5511988887777' }], marketing: [], created_at: world.at(), last_seen_at: world.at() });
      const says = (content: Content) => world.inbound(id, number.id, content);
      return Promise.resolve({
        name,
        writes: (body) => Promise.resolve(void says({ type: 'text', body })),
        sends(file) {
          const { content, kept } = FILES[file]();
          const message = says(content);
          world.fetched(message.conversation_id, message.id, kept);
          return Promise.resolve();
        },
        wroteTooLongAgo(body) {
          const { conversation_id } = says({ type: 'text', body });
          const conversation = world.conversations.get(conversation_id);
          if (conversation !== undefined) world.conversations.set(conversation_id, { ...conversation, window_until: world.at() });
          return Promise.resolve();
        },
        received() {
          const own = [...world.conversations.values()].filter(({ contact }) => contact.id === id);
          const said = own.flatMap((conversation) => world.messages.get(conversation.id) ?? []);
          const taken = said.filter(({ direction, provider_message_id }) => direction === 'outbound' && provider_message_id !== null);
          const words = taken.map(({ content, reply_to, position }) => ({ ...takenAs(content), answers: wordsOf(said.find((one) => one.id === reply_to)), at: position }));
          const shown = [...words, ...reactions.filter(({ conversation }) => own.some((one) => one.id === conversation))].sort((a, b) => a.at - b.at);
          return Promise.resolve(shown.map(({ kind, text, answers }) => ({ kind, text, answers })));
        },
      });
    },
    losesAnswers: (loses) => Promise.resolve(void (world.losesAnswers = loses)),
    end: () => mock.stop(),
  };
}

const FILES: Record<FileKind, () => { content: Content; kept: Kept }> = {
  image: () => ({ content: fileOf('image', null), kept: picture() }),
  voice: () => ({ content: fileOf('audio', null), kept: voice(1) }),
  document: () => ({ content: fileOf('document', 'receipt.pdf'), kept: paper('receipt.pdf') }),
};

function fileOf(kind: MediaKind, filename: string | null): Content {
  return { type: 'media', kind, mime_type: null, caption: null, filename, voice: kind === 'audio', animated: false };
}

/** As the simulated WhatsApp notes what it took. */
function takenAs(content: Content): { kind: string; text: string } {
  if (content.type === 'template') return { kind: 'template', text: [content.name, ...content.parameters].join(' ') };
  return content.type === 'media' ? { kind: content.kind, text: content.caption ?? '' } : { kind: content.type, text: content.type === 'text' ? content.body : '' };
}

function wordsOf(message: Message | undefined): string | null {
  return message?.content.type === 'text' ? message.content.body : null;
}

async function onBinary(): Promise<Stage> {
  const office = await Office.open();
  const people = await office.customers();
  return {
    url: office.url,
    agent: office.person('emma'),
    others: office.people('agent').filter(({ email }) => !email.startsWith('emma@')),
    supervisor: office.person('supervisor'),
    customer() {
      const next = people.shift();
      if (next === undefined) throw new Error('everybody has been in a story');
      return Promise.resolve({
        name: next.name,
        writes: (words) => office.writes(next.customer, words),
        sends: (file) => office.sends(next.customer, file),
        wroteTooLongAgo: (words) => office.wroteTooLongAgo(next, words),
        received: () => office.received(next.customer),
      });
    },
    losesAnswers: (loses) => office.faults(loses ? { graph_garbage: 1, unclear_accepts: 0 } : {}),
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

/**
 * A page in English, whatever language the account has. Whatever window is opened beside it has the same patience, and its errors are
 * collected, too: a story fails on any that it did not expect.
 */
export async function openPage(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await context.addInitScript(() => {
    // The empty page that a window begins with keeps nothing.
    if (location.protocol !== 'about:' && localStorage.getItem('dashoffice.language') === null) localStorage.setItem('dashoffice.language', 'en');
  });
  context.setDefaultTimeout(60_000);
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(error.error().message));
  context.on('console', (message) => {
    // The browser's own words about a server that was taken away are not ours.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) errors.push(message.text());
  });
  const page = await context.newPage();
  return { page, context, errors };
}

export async function signIn(page: Page, url: string, { email, password }: Person): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('tab').first().waitFor();
}
