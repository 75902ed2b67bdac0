// The stories of the console, told in a real browser by what a person sees and reaches: names, roles, words.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, raise, signIn, type Stage } from './stage';

let stage: Stage;
let browser: Browser;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [stage, browser] = await Promise.all([raise(), openBrowser()]);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});

async function desk(options?: Parameters<typeof openPage>[1]) {
  const opened = await openPage(browser, options);
  closers.push(async () => {
    await opened.context.close();
    expect(opened.errors).toEqual([]);
  });
  return opened.page;
}

describe('sign-in', () => {
  it('says in words why it refused, and keeps the e-mail', async () => {
    const page = await desk();
    await page.goto(stage.url);
    await page.getByLabel('E-mail').fill(stage.agent.email);
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).toBe(stage.agent.email);
  });

  it('survives a reload', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.reload();
    await page.getByRole('tab', { name: /^Mine/ }).waitFor();
  });

  it('speaks the language that is chosen, at once and after a reload', async () => {
    const page = await desk();
    await page.goto(`${stage.url}/sign-in`);
    await page.getByRole('button', { name: 'Português' }).click();
    await page.getByRole('heading', { name: 'Entrar' }).waitFor();
    await page.reload();
    await page.getByLabel('Senha').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
  });
});

describe('the inbox', () => {
  it('shows a chat as soon as the customer writes; picked and answered, its ticks move to read', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('tab', { name: /^Queue/ }).click();
    const name = `Story ${Date.now()}`;
    await stage.customerWrites(name, 'Is anybody there?');
    await page.getByRole('searchbox').fill(name);
    await page.getByRole('link', { name }).click();
    const log = page.getByRole('log', { name: 'Messages' });
    await log.getByText('Is anybody there?').waitFor();
    await page.keyboard.press('p');
    await page.getByText('Picked: You').waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('Yes, good morning!');
    await page.keyboard.press('Enter');
    const answer = log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Yes, good morning!' });
    await answer.waitFor();
    await answer.locator('[data-status=delivered], [data-status=read]').waitFor();
    await answer.locator('[data-status=read]').waitFor();
    expect(await answer.count()).toBe(1);
    await stage.customerWrites(name, 'Wonderful, thank you');
    await log.getByText('Wonderful, thank you').waitFor();
  });

  it('a cut is a thin bar; what is written meanwhile goes out once when the connection is back', async ({ skip }) => {
    if (stage.cut === null) skip('this stage cannot cut the network');
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('log', { name: 'Messages' }).getByRole('article').first().waitFor();
    stage.cut?.(4_000);
    await page.getByText('Connection lost').waitFor();
    const words = `Written while away ${Date.now()}`;
    await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
    await page.keyboard.press('Enter');
    const answer = page.getByRole('log').getByRole('article').filter({ hasText: words });
    await answer.locator('[data-status=waiting]').waitFor();
    await page.getByText('1 message waits to be sent').waitFor();
    await stage.customerWrites('Maria Souza', 'Written by the customer meanwhile');
    await answer.locator('[data-status=read]').waitFor({ timeout: 20_000 });
    await page.getByRole('log').getByText('Written by the customer meanwhile').waitFor();
    expect(await answer.count()).toBe(1);
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
  });

  it('a message that was not sent survives a reload', async ({ skip }) => {
    if (stage.cut === null) skip('this stage cannot cut the network');
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('log', { name: 'Messages' }).getByRole('article').first().waitFor();
    await page.context().setOffline(true);
    stage.cut?.(500);
    const words = `Kept through a reload ${Date.now()}`;
    await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
    await page.keyboard.press('Enter');
    await page.getByRole('article').filter({ hasText: words }).locator('[data-status=waiting]').waitFor();
    await page.context().setOffline(false);
    await page.reload();
    const answer = page.getByRole('article').filter({ hasText: words });
    await answer.locator('[data-status=sent], [data-status=delivered], [data-status=read]').waitFor();
    expect(await answer.count()).toBe(1);
  });

  it('keeps a draft per conversation', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('textbox', { name: /^Answer to/ }).fill('Begun and not');
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByRole('textbox', { name: /^Answer to/ }).and(page.locator(':not([aria-label*="Maria"])')).waitFor();
    await page.reload();
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('textbox', { name: /^Answer to Maria/ }).waitFor();
    expect(await page.getByRole('textbox', { name: /^Answer to Maria/ }).inputValue()).toBe('Begun and not');
    await page.getByRole('textbox', { name: /^Answer to Maria/ }).fill('');
  });

  it('a close can be taken back for five seconds', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('link', { name: /Maria Souza/ }).click();
    await page.getByRole('button', { name: /^Close/ }).first().click();
    await page.getByRole('button', { name: 'Undo' }).click();
    // Longer than the close would have waited: nothing may happen, and nothing else tells.
    await page.waitForTimeout(5_500);
    await page.getByRole('textbox', { name: /^Answer to Maria/ }).waitFor();
  });

  it('says why nothing but a template may be sent once the window is shut', async ({ skip }) => {
    if (stage.mock === null) skip('only the mock has such a chat at hand');
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    const shut = [...(stage.mock?.world.conversations.values() ?? [])].find((c) => c.state === 'active' && c.window_until !== null && Date.parse(c.window_until) < Date.now());
    await page.goto(`${stage.url}/inbox/${shut?.id ?? ''}`);
    await page.getByText('The service window is shut: only a template may be sent').waitFor();
    expect(await page.getByRole('textbox', { name: /^Answer to/ }).count()).toBe(0);
  });

  it('presence is told to the server and shown as it says', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Away · lunch' }).click();
    await page.getByRole('button', { name: 'Your presence: Away' }).waitFor();
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Online' }).click();
    await page.getByRole('button', { name: 'Your presence: Online' }).waitFor();
  });

  it('the keys are written down behind the question mark', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  });

  it('an ended session goes to the sign-in', async ({ skip }) => {
    if (stage.mock === null) skip('only the mock can end sessions from here');
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    stage.mock?.endSessions();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('the board', () => {
  it('counts a customer who begins to wait, without a reload', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.supervisor);
    await page.getByRole('link', { name: 'Board' }).click();
    const waiting = page.locator('dl > div').filter({ hasText: 'Waiting' }).locator('dd');
    const before = Number(await waiting.first().textContent());
    await stage.customerWrites(`Board ${Date.now()}`, 'Hello?');
    await expect.poll(async () => Number(await waiting.first().textContent()), { timeout: 5_000 }).toBe(before + 1);
  });

  it('is not offered to an agent', async () => {
    const page = await desk();
    await signIn(page, stage.url, stage.agent);
    expect(await page.getByRole('link', { name: 'Board' }).count()).toBe(0);
  });
});
