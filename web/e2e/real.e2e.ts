// The main job against the real binary alone: the server dies while an agent answers, and comes back; nothing is lost or said twice.
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
    await first.locator('[data-status=read]').waitFor({ timeout: 20_000 });
    expect(await first.count()).toBe(1);

    await office.end('SIGKILL');
    await page.getByText('Connection lost').waitFor({ timeout: 20_000 });
    const meanwhile = await answers('Written while the server was away');
    await meanwhile.locator('[data-status=waiting]').waitFor();
    await office.start();
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 40_000 });
    await meanwhile.locator('[data-status=read]').waitFor({ timeout: 30_000 });
    expect(await meanwhile.count()).toBe(1);

    await office.writes(7, 'Wonderful, thank you');
    await log.getByText('Wonderful, thank you').waitFor();
    await context.close();
  }, 120_000);

  it('a console that was never told a language speaks that of its person', async () => {
    const context = await browser.newContext({ locale: 'en' });
    const page = await context.newPage();
    await signIn(page, office.url, office.person('supervisor'));
    await page.getByRole('link', { name: 'Panel' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
    await context.close();
  });
});
