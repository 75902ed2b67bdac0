// How stories are told: a browser for each file of them, a desk for each who acts, on every stage there is.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { type Customer, openBrowser, openPage, signIn, type Stage, STAGES } from './stage';

type Options = Parameters<typeof openPage>[1];

export interface Told {
  stage: () => Stage;
  desk: (options?: Options) => Promise<Page>;
  agentsDesk: (options?: Options) => Promise<Page>;
  /** Of another agent each time, as far as there are any: with room for a chat. */
  freshDesk: () => Promise<Page>;
  /** A new customer's chat, opened from the search, and picked. `begins`: their first words, if not simply written. */
  pickedChat: (page: Page, words: string, begins?: (customer: Customer) => Promise<void>) => Promise<{ customer: Customer; log: Locator }>;
}

export function onEveryStage(tell: (told: Told) => void): void {
  let browser: Browser;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(() => browser.close());

  async function desk(options?: Options): Promise<Page> {
    const { page, context, errors } = await openPage(browser, options);
    closers.push(async () => {
      await context.close();
      expect(errors).toEqual([]);
    });
    return page;
  }

  describe.each(STAGES)('on $name', ({ raise }) => {
    let stage: Stage;
    let desks = 0;
    beforeAll(async () => {
      stage = await raise();
    });
    afterAll(() => stage.end());

    tell({
      stage: () => stage,
      desk,
      async agentsDesk(options) {
        const page = await desk(options);
        await signIn(page, stage.url, stage.agent);
        return page;
      },
      async freshDesk() {
        const page = await desk();
        await signIn(page, stage.url, stage.others[desks % stage.others.length] ?? stage.agent);
        desks += 1;
        return page;
      },
      async pickedChat(page, words, begins = (customer) => customer.writes(words)) {
        const customer = await stage.customer();
        await begins(customer);
        await page.getByRole('searchbox').fill(customer.name);
        await page.getByRole('link', { name: customer.name }).click();
        const log = page.getByRole('log', { name: 'Messages' });
        await log.getByText(words).waitFor();
        await page.getByRole('button', { name: 'Pick' }).first().click();
        await log.getByText('Picked: You').waitFor();
        return { customer, log };
      },
    });
  });
}
