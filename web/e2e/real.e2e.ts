// The main job against the real binary: a customer writes over the simulated WhatsApp, an agent answers in the browser, the ticks
// move, the server dies and comes back. DASHOFFICE_BINARY says where it is.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBrowser, openPage, type Person, signIn } from './stage';

const binary = process.env.DASHOFFICE_BINARY;

interface Card {
  console_url: string;
  users: (Person & { role: string })[];
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

describe.skipIf(binary === undefined)('the real binary', () => {
  const home = mkdtempSync(join(tmpdir(), 'dashoffice-e2e-'));
  let browser: Browser;
  let listen: string;
  let server: ChildProcess;
  let card: Card;
  let control: string;

  /** Starts the demo, in which nobody answers and nobody writes by themselves, and waits until it is ready. */
  async function start(): Promise<void> {
    server = spawn(binary ?? '', ['demo', '--data-dir', home, '--listen', listen, '--auto-agents', '0'], { stdio: 'ignore' });
    await vi.waitFor(async () => { expect((await fetch(`http://${listen}/readyz`)).status).toBe(200); }, { timeout: 30_000, interval: 50 });
  }

  function ended(signal: NodeJS.Signals): Promise<void> {
    return new Promise((end) => {
      server.once('exit', () => { end(); });
      server.kill(signal);
    });
  }

  async function customerWrites(customer: number, text: string): Promise<void> {
    const response = await fetch(`${control}/write`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ customer, text }) });
    expect(response.status).toBe(200);
  }

  beforeAll(async () => {
    listen = `127.0.0.1:${await freePort()}`;
    [browser] = await Promise.all([openBrowser(), start()]);
    card = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as Card;
    const played = JSON.parse(readFileSync(join(home, 'simulated.json'), 'utf8')) as { control_listen: string };
    control = `http://${played.control_listen}/control`;
  });

  afterAll(async () => {
    await browser.close();
    await ended('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  });

  it('a customer writes, the chat appears, the agent answers, the ticks move; the server dies and comes back', async () => {
    // The story is told in English, and so is her console.
    const agent = card.users.find(({ email }) => email.startsWith('emma@'));
    if (agent === undefined) throw new Error('the demo has no Emma');
    const { page, context } = await openPage(browser);
    await signIn(page, card.console_url.replace(/\/$/, ''), agent);
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Online' }).click();
    await page.getByRole('button', { name: 'Your presence: Online' }).waitFor();

    await customerWrites(7, 'Is anybody there?');
    await page.getByRole('tab', { name: /^Mine/ }).click();
    await page.getByRole('link').filter({ hasText: 'Is anybody there?' }).click();
    const log = page.getByRole('log', { name: 'Messages' });
    await log.getByText('Is anybody there?').waitFor();

    const answers = async (words: string) => {
      await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
      await page.keyboard.press('Enter');
      return log.getByRole('article', { name: /^Us/ }).filter({ hasText: words });
    };
    const first = await answers('Yes, good morning!');
    await first.locator('[data-status=read]').waitFor({ timeout: 20_000 });
    expect(await first.count()).toBe(1);

    await ended('SIGKILL');
    await page.getByText('Connection lost').waitFor({ timeout: 20_000 });
    const meanwhile = await answers('Written while the server was away');
    await meanwhile.locator('[data-status=waiting]').waitFor();
    await start();
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 40_000 });
    await meanwhile.locator('[data-status=read]').waitFor({ timeout: 30_000 });
    expect(await meanwhile.count()).toBe(1);

    await customerWrites(7, 'Wonderful, thank you');
    await log.getByText('Wonderful, thank you').waitFor();
    await context.close();
  }, 120_000);

  it('the board of a supervisor counts a customer who waits, without a reload', async () => {
    const supervisor = card.users.find(({ role }) => role === 'supervisor');
    if (supervisor === undefined) throw new Error('the demo has no supervisor');
    const { page, context } = await openPage(browser);
    await signIn(page, card.console_url.replace(/\/$/, ''), supervisor);
    // Her console is in Spanish.
    await page.getByRole('link', { name: 'Panel' }).click();
    const waiting = page.locator('dl > div').filter({ hasText: 'En espera' }).locator('dd').first();
    await waiting.waitFor();
    const before = Number(await waiting.textContent());
    await customerWrites(11, 'Hello from the street');
    await expect.poll(async () => Number(await waiting.textContent()), { timeout: 10_000 }).toBe(before + 1);
    await context.close();
  }, 60_000);
});
