// What only the real binary can show: it dies while an agent answers and comes back; WhatsApp refuses, and the agent is told.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binary, Office } from './office';
import { openBrowser, openPage, signIn } from './stage';

describe.skipIf(binary === undefined)('the real binary', () => {
  let browser: Browser;
  let office: Office;

  beforeAll(async () => {
    [browser, office] = await Promise.all([openBrowser(), Office.open()]);
  });
  afterAll(async () => {
    await browser.close();
    await office.close();
  });

  it('a customer writes, the chat is given to who is online, the agent answers, the ticks move; the server dies and comes back', async () => {
    const { page, context } = await openPage(browser);
    await signIn(page, office.url, office.person('emma'));
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Online' }).click();
    await page.getByRole('button', { name: 'Your presence: Online' }).waitFor();

    await office.writes(7, 'Is anybody there?');
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
    await first.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await first.count()).toBe(1);

    await office.end('SIGKILL');
    await page.getByText('Connection lost').waitFor({ timeout: 60_000 });
    const meanwhile = await answers('Written while the server was away');
    await meanwhile.locator('[data-status=waiting]').waitFor();
    await office.start();
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 90_000 });
    await meanwhile.locator('[data-status=read]').waitFor({ timeout: 90_000 });
    expect(await meanwhile.count()).toBe(1);

    await office.writes(7, 'Wonderful, thank you');
    await log.getByText('Wonderful, thank you').waitFor();
    await context.close();
  }, 300_000);

  it('a message that failed says why, a file that is not to be had yet is waited for, and a number that stops says what becomes of what is written', async () => {
    const { page, context } = await openPage(browser);
    await signIn(page, office.url, office.person('thomas'));
    const [somebody] = (await office.customers()).slice(20);
    if (somebody === undefined) throw new Error('the demo has few customers');
    await office.faults({ media_missing: 1 });
    await office.writes(somebody.customer, 'Where is my order?');
    await office.sends(somebody.customer, 'image');
    await page.getByRole('searchbox').fill(somebody.name);
    await page.getByRole('link', { name: somebody.name }).click();
    const log = page.getByRole('log', { name: 'Messages' });
    // Nobody can tell a file that is gone from one that we may not have: it is asked for as long as WhatsApp keeps files.
    await log.getByText('Being fetched…').first().waitFor();
    await page.getByRole('button', { name: 'Pick' }).first().click();
    const answers = async (words: string) => {
      await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
      await page.keyboard.press('Enter');
      return log.getByRole('article', { name: /^Us/ }).filter({ hasText: words });
    };

    await office.faults({ failed: 1 });
    const failed = await answers('On its way');
    await failed.getByText('It could not be delivered').waitFor({ timeout: 60_000 });
    expect(await failed.getByRole('button', { name: 'Send again' }).count()).toBe(0);

    await office.faults({ token_expired: true });
    const waits = await answers('It comes tomorrow');
    await page.getByText('Loja Aurora does not send: WhatsApp does not accept our access any more.').waitFor({ timeout: 60_000 });
    await waits.locator('[data-status=queued], [data-status=sending]').waitFor();
    await office.faults({});
    // A number that was mended is tried within a minute, or when the server starts.
    await office.end('SIGTERM');
    await office.start();
    await waits.locator('[data-status=read]').waitFor({ timeout: 90_000 });
    await page.getByText('Loja Aurora does not send').waitFor({ state: 'detached' });
    expect((await office.received(somebody.customer)).map(({ text }) => text)).toEqual(['On its way', 'It comes tomorrow']);
    await context.close();
  }, 300_000);

  it('a console that was never told a language speaks that of its person', async () => {
    const context = await browser.newContext({ locale: 'en' });
    const page = await context.newPage();
    await signIn(page, office.url, office.person('supervisor'));
    await page.getByRole('link', { name: 'Panel' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
    await context.close();
  });
});
