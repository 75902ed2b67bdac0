// What holds on every page: nothing that axe objects to, no sideways scrolling, nothing from elsewhere, and speed with many chats.
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mock, serve } from '../mock/server';
import { objections } from './axe';
import { ANA, openBrowser, openPage, signIn, SOFIA } from './stage';

let mock: Mock;
let browser: Browser;

beforeAll(async () => {
  [mock, browser] = await Promise.all([serve({ console: resolve('dist'), trafficMs: 0 }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});

/** Pictures, a voice note, documents; then the viewer, the menu, a quote, the templates. */
async function everything(page: Page): Promise<void> {
  await page.getByRole('log').evaluate((log) => log.scrollBy(0, -1_600));
  await page.getByRole('group', { name: 'Voice note' }).waitFor();
  expect(await objections(page)).toEqual([]);
  await page.getByRole('button', { name: /^Show large/ }).first().click();
  await page.getByRole('dialog', { name: 'Picture' }).getByRole('img').waitFor();
  expect(await objections(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('article').last().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Answer this message' }).waitFor();
  expect(await objections(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Answer this message' }).click();
  await page.getByRole('button', { name: 'Templates' }).click();
  await page.getByRole('option').nth(1).click();
  expect(await objections(page)).toEqual([]);
}

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  it.each([
    [1280, 800],
    [390, 844],
  ])('axe objects to nothing at %i px', async (width, height) => {
    const { page, context, errors } = await openPage(browser, { viewport: { width, height }, colorScheme });
    await page.goto(`${mock.url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await objections(page)).toEqual([]);
    await signIn(page, mock.url, ANA);
    await page.getByRole('link', { name: /Maria Souza/ }).waitFor();
    expect(await objections(page)).toEqual([]);
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('log').getByRole('article').first().waitFor();
    expect(await objections(page)).toEqual([]);
    if ((width > 1_000) === (colorScheme === 'light')) await everything(page);
    await page.evaluate(() => localStorage.clear());
    await signIn(page, mock.url, SOFIA);
    await page.getByRole('link', { name: 'Board' }).click();
    await page.getByRole('table').first().waitFor();
    expect(await objections(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

it('no page scrolls sideways at 320 px, the width of 400 % zoom', async () => {
  const { page, context } = await openPage(browser, { viewport: { width: 320, height: 640 } });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await signIn(page, mock.url, ANA);
  expect(await overflow()).toBeLessThanOrEqual(0);
  await page.getByRole('link', { name: /Maria Souza/ }).click();
  await page.getByRole('log').getByRole('article').first().waitFor();
  expect(await overflow()).toBeLessThanOrEqual(0);
  await context.close();
});

it.each([1_440, 1_024, 390])('no figure of the board is cut at %i px, though somebody waits for days', async (width) => {
  const { page, context } = await openPage(browser, { viewport: { width, height: 844 } });
  await signIn(page, mock.url, SOFIA);
  await page.getByRole('link', { name: 'Board' }).click();
  await page.getByRole('table').first().waitFor();
  const cut = await page.locator('main dl dd').evaluateAll((figures) => {
    for (const figure of figures) if (figure.childElementCount === 0) figure.textContent = '100:08:34';
    return figures.filter((figure) => figure.scrollWidth > figure.clientWidth).map((figure) => figure.textContent);
  });
  expect(cut).toEqual([]);
  await context.close();
});

it('the first page is under 170 kB on the wire, and asks nobody else', async () => {
  const { page, context } = await openPage(browser);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${mock.url}/sign-in`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.waitForLoadState('networkidle');
  console.log(`first load: ${(bytes / 1000).toFixed(1)} kB`);
  expect(bytes).toBeLessThan(170_000);
  expect([...hosts]).toEqual([new URL(mock.url).host]);
  await context.close();
});

/** Rows that come into the page while the list of all chats is scrolled a screen a frame, there and back: what it costs, whatever the machine does besides. */
async function rowsMade(page: Page): Promise<number> {
  await page.getByRole('tab', { name: 'All' }).click();
  await page.locator('#chats a').first().waitFor();
  return page.locator('#chats').evaluate(async (list) => {
    let made = 0;
    const rowsIn = (node: Node) => (node instanceof Element ? node.querySelectorAll('a').length + Number(node.matches('a')) : 0);
    const count = (changes: MutationRecord[]) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => (made += rowsIn(node))));
    const watch = new MutationObserver(count);
    watch.observe(list, { childList: true, subtree: true });
    const began = performance.now();
    for (let step = 0; step < 90; step += 1) {
      list.scrollBy(0, (Math.floor(step / 8) % 2 === 0 ? 1 : -1) * 800);
      await new Promise((next) => requestAnimationFrame(next));
    }
    count(watch.takeRecords());
    watch.disconnect();
    console.log(`${((90 * 1_000) / (performance.now() - began)).toFixed(0)} frames/s while scrolling`);
    return made;
  });
}

it('20,000 chats scroll as 200 do, a conversation of 5,000 messages too, with few rows in the page', async () => {
  const few = await serve({ console: resolve('dist'), trafficMs: 0, chats: 200 });
  const many = await serve({ console: resolve('dist'), trafficMs: 0, chats: 20_000 });
  const { page, context } = await openPage(browser);
  const maria = [...many.world.conversations.values()].find((c) => c.contact.name === 'Maria Souza');
  if (maria === undefined) throw new Error('Maria is not there');
  for (let i = 0; i < 5_000; i += 1) many.world.inbound(maria.contact.id, maria.number_id, { type: 'text', body: `message ${i}` });
  await signIn(page, few.url, SOFIA);
  const withFew = await rowsMade(page);
  await few.stop();
  await signIn(page, many.url, SOFIA);
  const withMany = await rowsMade(page);
  expect(await page.locator('#chats a').count()).toBeLessThan(60);
  expect(withFew).toBeGreaterThan(0);
  // A screen has some twelve rows: more than that, and those kept ready beside it, is never made for a step.
  expect(Math.max(withFew, withMany) / 90).toBeLessThan(40);
  await page.goto(`${many.url}/inbox/${maria.id}`);
  const log = page.getByRole('log', { name: 'Messages' });
  await log.getByText('message 4999', { exact: true }).waitFor();
  const oldestInSight = async () => {
    await log.evaluate((element) => element.scrollTo(0, 0));
    return Number((await log.getByText(/^message \d+$/).first().textContent())?.slice('message '.length) ?? Number.NaN);
  };
  await expect.poll(oldestInSight, { timeout: 60_000, interval: 200 }).toBeLessThan(4_400);
  expect(await log.getByRole('article').count()).toBeLessThan(80);
  await context.close();
  await many.stop();
}, 300_000);
