// Stories that need a hand behind the scenes, hence the mock: cuts, files in every state, shut windows, failures, stopped numbers.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Conversation, Id, Message } from '../src/api/types';
import type { Mock } from '../mock/server';
import { ANA, openBrowser, openPage, serveMock, signIn, SOFIA } from './stage';

let mock: Mock;
let browser: Browser;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [mock, browser] = await Promise.all([serveMock(), openBrowser()]);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});

async function desk(person = ANA): Promise<Page> {
  const { page, context, errors } = await openPage(browser);
  closers.push(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  await signIn(page, mock.url, person);
  return page;
}

function maria(): Conversation {
  const found = [...mock.world.conversations.values()].find(({ contact }) => contact.name === 'Maria Souza');
  if (found === undefined) throw new Error('Maria is not there');
  return found;
}

/** Ana's desk with Maria's conversation open, who sends one of everything. */
async function withMaria() {
  const page = await desk();
  await page.getByRole('link', { name: /Maria Souza/ }).click();
  const log = page.getByRole('log', { name: 'Messages' });
  await log.getByRole('article').first().waitFor();
  const said = (words: string) => log.getByRole('article').filter({ hasText: words });
  /** The newest thing she says is always in sight. */
  const arrives = (content: Message['content'], file: Parameters<Mock['world']['fetched']>[2] | null = null) => {
    const { id, contact, number_id } = maria();
    const message = mock.world.inbound(contact.id, number_id, content);
    if (file !== null) mock.world.fetched(id, message.id, file);
    return message.id;
  };
  return { page, log, said, arrives };
}

const media = (kind: 'image' | 'audio' | 'document' | 'sticker' | 'video', more: { caption?: string; filename?: string } = {}): Message['content'] => ({
  type: 'media', kind, mime_type: null, caption: more.caption ?? null, filename: more.filename ?? null, voice: kind === 'audio', animated: false,
});

describe('the messages', () => {
  it('stay under the pointer while somebody marks them, and follow the newest again afterwards', async () => {
    const { page, log, said, arrives } = await withMaria();
    // Rows that are not measured yet move by themselves.
    const isSettled = () =>
      log.evaluate(async (scroll) => {
        const before = scroll.scrollTop;
        for (let frame = 0; frame < 10; frame += 1) await new Promise((next) => requestAnimationFrame(next));
        return before === scroll.scrollTop && scroll.scrollHeight - before - scroll.clientHeight <= 1;
      });
    await expect.poll(isSettled).toBe(true);
    const marked = await log.getByRole('article').last().elementHandle();
    const box = async () => (await marked.boundingBox()) ?? { x: 0, y: 0 };
    const place = async () => Math.round((await box()).y);
    await page.mouse.move((await box()).x + 20, (await box()).y + 12);
    await page.mouse.down();
    const before = await place();
    const words = `While you mark ${Date.now()}`;
    arrives({ type: 'text', body: words });
    await said(words).waitFor({ state: 'attached' });
    expect(await place()).toBe(before);
    await page.mouse.up();
    await expect.poll(place).toBeLessThan(before);
    arrives({ type: 'text', body: `${words}, afterwards` });
    const newest = said(`${words}, afterwards`);
    await newest.waitFor();
    await expect.poll(() => log.evaluate((scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight)).toBeLessThan(80);
  });
});

describe('what one says oneself', () => {
  it('is in sight at once, however far up one was reading', async () => {
    const { page, log, said } = await withMaria();
    const toEnd = page.getByRole('button', { name: 'To the newest' });
    await expect.poll(async () => {
      await log.evaluate((scroll) => scroll.scrollTo(0, 0));
      return toEnd.isVisible();
    }).toBe(true);
    const words = `Said from above ${Date.now()}`;
    await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
    await page.keyboard.press('Enter');
    await said(words).waitFor();
    await toEnd.waitFor({ state: 'detached' });
  });
});

describe('two windows of one person', () => {
  it('show the same words that were begun, and nothing of them once they are sent', async () => {
    const { page, said } = await withMaria();
    const other = await page.context().newPage();
    await other.goto(page.url());
    const [here, there] = [page, other].map((one) => one.getByRole('textbox', { name: /^Answer to/ }));
    if (here === undefined || there === undefined) throw new Error('there are two');
    await there.waitFor();
    await page.bringToFront();
    const words = `Begun here ${Date.now()}`;
    await here.fill(words);
    await expect.poll(() => there.inputValue()).toBe(words);
    await page.keyboard.press('Enter');
    await said(words).waitFor();
    await expect.poll(() => there.inputValue()).toBe('');
  });
});

describe('the connection', () => {
  it('a cut is a thin bar; what is written meanwhile goes out once when the connection is back', async () => {
    const { page, said, log } = await withMaria();
    mock.cut(4_000);
    await page.getByText('Connection lost').waitFor();
    const words = `Written while away ${Date.now()}`;
    await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
    await page.keyboard.press('Enter');
    await said(words).locator('[data-status=waiting]').waitFor();
    await page.getByText('1 message waits to be sent').waitFor();
    mock.world.inbound(maria().contact.id, maria().number_id, { type: 'text', body: 'Written by the customer meanwhile' });
    await said(words).locator('[data-status=read]').waitFor({ timeout: 60_000 });
    await log.getByText('Written by the customer meanwhile').waitFor();
    expect(await said(words).count()).toBe(1);
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
  });

  it('a message that was not sent survives a reload', async () => {
    const { page, said } = await withMaria();
    await page.context().setOffline(true);
    mock.cut(500);
    const words = `Kept through a reload ${Date.now()}`;
    await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
    await page.keyboard.press('Enter');
    await said(words).locator('[data-status=waiting]').waitFor();
    await page.context().setOffline(false);
    await page.reload();
    await said(words).locator('[data-status=sent], [data-status=delivered], [data-status=read]').waitFor();
    expect(await said(words).count()).toBe(1);
  });

  it('an ended session goes to the sign-in', async () => {
    const page = await desk();
    mock.endSessions();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('a file', () => {
  it('says that it is being fetched, and is there when it has come; or why it will never come', async () => {
    const { picture } = await import('../mock/files');
    const { page, said, arrives } = await withMaria();
    const comes = arrives(media('image', { caption: 'The first one' }), 'fetching');
    await said('The first one').getByText('Being fetched…').waitFor();
    mock.world.fetched(maria().id, comes, picture());
    await said('The first one').getByRole('button', { name: 'Show large: The first one' }).waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('article img')].some((img) => (img as HTMLImageElement).naturalWidth === 800));
    arrives(media('document', { filename: 'lost.pdf' }), 'failed');
    await said('lost.pdf').getByText('Ask the customer to send it again').waitFor();
    arrives(media('document', { filename: 'old.pdf' }), 'gone');
    await said('old.pdf').getByText('WhatsApp does not have it any more').waitFor();
  });

  it('a picture opens in place; arrows go to the others, Escape leads back to the conversation', async () => {
    const { picture } = await import('../mock/files');
    const { page, said, arrives, log } = await withMaria();
    arrives(media('image', { caption: 'One side' }), picture());
    arrives(media('image', { caption: 'Other side' }), picture(90));
    await said('Other side').getByRole('button', { name: 'Show large: Other side' }).click();
    const viewer = page.getByRole('dialog', { name: 'Picture' });
    await viewer.getByRole('img', { name: 'Other side' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await viewer.getByRole('img', { name: 'One side' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await viewer.getByRole('img', { name: 'Other side' }).waitFor();
    await page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'detached' });
    expect(await log.count()).toBe(1);
  });

  it('whose address has ended is shown all the same: the message is asked again', async () => {
    const { picture } = await import('../mock/files');
    const { page, said, arrives } = await withMaria();
    mock.world.endAddresses();
    arrives(media('image', { caption: 'Signed late' }), picture());
    // The address in the event ends before the browser asks for it.
    mock.world.endAddresses();
    await said('Signed late').waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('article')].some((one) => one.textContent.includes('Signed late') && one.querySelector('img')?.naturalWidth === 800));
  });

  it('a voice note plays, faster if one likes, and goes on after its address has ended', async () => {
    const { voice } = await import('../mock/files');
    const { page, log, arrives } = await withMaria();
    arrives(media('audio'), voice(3));
    const note = log.getByRole('group', { name: 'Voice note' }).last();
    await note.getByText('00:03').waitFor();
    mock.world.endAddresses();
    await note.getByRole('button', { name: 'Speed: 1×' }).click();
    await note.getByRole('button', { name: 'Speed: 1.5×' }).click();
    await note.getByRole('button', { name: 'Speed: 2×' }).waitFor();
    await note.getByRole('button', { name: 'Play: Voice note' }).click();
    await note.getByRole('button', { name: 'Pause' }).waitFor();
    await expect.poll(async () => Number(await note.getByRole('slider').inputValue())).toBeGreaterThan(0.2);
    await note.getByRole('button', { name: 'Play: Voice note' }).waitFor();
    await page.reload();
    await log.getByRole('group', { name: 'Voice note' }).last().getByRole('button', { name: 'Speed: 2×' }).waitFor();
  });

  it('a document is saved under its name, also after its address has ended', async () => {
    const { paper } = await import('../mock/files');
    const { page, said, arrives } = await withMaria();
    arrives(media('document', { filename: 'receipt.pdf' }), paper('receipt.pdf'));
    const row = said('receipt.pdf').getByRole('link');
    await row.getByText(/^PDF · \d+ byte/).waitFor();
    mock.world.endAddresses();
    const saved = page.waitForEvent('download');
    await row.click();
    expect((await saved).suggestedFilename()).toBe('receipt.pdf');
  });
});

describe('a message', () => {
  it('that failed says what happened and what to do; it is sent again where that may help', async () => {
    const { page, said } = await withMaria();
    const fail = async (words: string, error: Message['error']) => {
      await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
      await page.keyboard.press('Enter');
      const own = () => mock.world.messages.get(maria().id)?.find(({ content }) => content.type === 'text' && content.body === words);
      await expect.poll(() => own()?.status).toBe('read');
      mock.world.status(maria().id, own()?.id ?? '', 'failed', error);
    };
    await fail('To nobody', { code: 131026, class: 'recipient', text: 'Message undeliverable', details: null, trace_id: null });
    await said('To nobody').getByText('It could not be delivered').waitFor();
    await said('To nobody').getByText('WhatsApp said: Message undeliverable (131026)').waitFor();
    expect(await said('To nobody').getByRole('button', { name: 'Send again' }).count()).toBe(0);
    await fail('Later perhaps', { code: 999_999, class: 'wait', text: 'unheard of', details: null, trace_id: null });
    await said('Later perhaps').getByText('WhatsApp asks us to wait').waitFor();
    await said('Later perhaps').getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => said('Later perhaps').count()).toBe(2);
    await fail('Out of the window', { code: 131047, class: 'template', text: 'Re-engagement message', details: null, trace_id: null });
    // Pressed once more where the line moved away beneath the pointer.
    const templates = page.getByRole('combobox', { name: 'Search the templates' });
    const opened = async () => {
      await said('Out of the window').getByRole('button', { name: 'Send a template' }).click({ timeout: 5_000 });
      await templates.waitFor({ timeout: 5_000 });
    };
    await vi.waitFor(opened, { timeout: 60_000 });
  });
});

describe('a template', () => {
  it('is there in an open window too, by a key, and Escape leads back to what was being written', async () => {
    const { page } = await withMaria();
    const composer = page.getByRole('textbox', { name: /^Answer to/ });
    await composer.fill('Half a sent');
    await page.keyboard.press('Alt+t');
    await page.getByRole('option', { name: /bem_vindo/ }).waitFor();
    await page.keyboard.press('Escape');
    await composer.waitFor();
    expect(await composer.inputValue()).toBe('Half a sent');
    await composer.fill('');
  });
});

describe('a number', () => {
  const loja = (): Id => [...mock.world.numbers.values()].find(({ name }) => name === 'loja')?.id ?? '';

  it('that stops says so over the inbox, at the composer and on the board, and is quiet again when it is back', async () => {
    const { page } = await withMaria();
    const board = await desk(SOFIA);
    await board.getByRole('link', { name: 'Board' }).click();
    mock.world.setNumber(loja(), 'stopped', 'token_expired');
    await page.getByText('loja does not send: WhatsApp does not accept our access any more.').waitFor();
    await page.getByText('What you send now waits.').waitFor();
    await board.getByRole('row').filter({ hasText: 'loja' }).getByText('Stopped').waitFor();
    await board.getByRole('listitem').filter({ hasText: 'loja' }).getByText('An administrator must renew it').waitFor();
    mock.world.setNumber(loja(), 'connected', null);
    await page.getByText('loja does not send').waitFor({ state: 'detached' });
    await board.getByRole('row').filter({ hasText: 'loja' }).getByText('Connected').waitFor();
  });
});
