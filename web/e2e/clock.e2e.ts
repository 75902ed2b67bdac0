// The reply clock, which only the real binary has: seen from half of its time on, stopped by a reply; and what becomes of a chat whose
// agent says nothing. Each office has a clock of its own.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { binary, Office, type Played } from './office';
import { openBrowser, openPage, signIn } from './stage';

describe.skipIf(binary === undefined)('the reply clock', () => {
  let browser: Browser;
  let office: Office;
  let close: () => Promise<void>;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    await close();
    await office.close();
  });
  afterAll(() => browser.close());

  /** Emma, the only one who is online where chats must be answered within so long, is given the chat of somebody who writes. */
  async function isGivenAChat(first_reply: string): Promise<{ page: Page; customer: Played; row: Locator; chat: Locator; log: Locator }> {
    office = await Office.open();
    await office.allows(first_reply);
    const { page, context, errors } = await openPage(browser);
    close = async () => {
      await context.close();
      expect(errors).toEqual([]);
    };
    await signIn(page, office.url, office.person('emma'));
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Online' }).click();
    await page.getByRole('button', { name: 'Your presence: Online' }).waitFor();
    const [customer] = await office.customers();
    if (customer === undefined) throw new Error('the demo has no customers');
    await office.writes(customer.customer, 'Do you have it in green?');
    await page.getByRole('tab', { name: /^Mine/ }).click();
    const row = page.getByRole('link').filter({ hasText: 'Do you have it in green?' });
    await row.click();
    const chat = page.getByRole('region', { name: `Conversation with ${customer.name}` });
    return { page, customer, row, chat, log: chat.getByRole('log', { name: 'Messages' }) };
  }

  const countdown = (place: Locator) => place.getByTitle(/^Answer before/);
  const secondsLeft = async (place: Locator) => {
    const [, minutes = NaN, seconds = NaN] = /(\d\d):(\d\d)$/.exec(await countdown(place).innerText()) ?? [];
    return Number(minutes) * 60 + Number(seconds);
  };

  it('is seen in the list and in the chat from half of its time on, warns, waits for who is writing, and ends with the reply', async () => {
    const { page, customer, row, chat, log } = await isGivenAChat('1m');
    await log.getByText('Assigned: You').waitFor();
    expect(await countdown(page.locator('body')).count()).toBe(0);
    await countdown(row).waitFor();
    const shown = await secondsLeft(chat);
    expect(shown).toBeLessThanOrEqual(30);
    expect(shown).toBeGreaterThan(15);

    const warning = page.getByRole('status', { name: 'Notices' }).getByText(/waits for your answer: in (\d+) sec the conversation goes back/);
    await warning.waitFor();
    expect(await secondsLeft(row)).toBeLessThanOrEqual(15);
    await page.getByRole('textbox', { name: /^Answer to/ }).focus();
    await page.keyboard.type('In two');
    await warning.waitFor({ state: 'detached' });
    expect(await secondsLeft(row)).toBeGreaterThan(15);
    expect(await secondsLeft(chat)).toBeGreaterThan(15);

    await page.keyboard.type(' greens');
    await page.keyboard.press('Enter');
    await countdown(chat).waitFor({ state: 'detached' });
    await countdown(row).waitFor({ state: 'detached' });
    await expect.poll(async () => (await office.received(customer.customer)).map(({ text }) => text)).toEqual(['In two greens']);
    expect(await log.getByText('Not answered in time').count()).toBe(0);
  });

  it('takes a chat back whose agent says nothing, and it is theirs again where nobody else can have it', async () => {
    const { page, customer, log } = await isGivenAChat('15s');
    await log.getByText('Not answered in time, waiting in Atendimento again').first().waitFor();
    await page.getByRole('button', { name: 'Pick' }).first().waitFor();
    await log.getByText('Assigned: You').nth(1).waitFor();
    await page.getByRole('textbox', { name: /^Answer to/ }).fill('I am here');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await office.received(customer.customer)).map(({ text }) => text)).toEqual(['I am here']);
  });
});
