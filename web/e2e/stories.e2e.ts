// The stories of every day, told in a browser by what a person sees and reaches: names, roles, words. On every stage there is.
import { expect, it } from 'vitest';
import { signIn } from './stage';
import { onEveryStage } from './telling';

onEveryStage(({ stage, desk, agentsDesk, pickedChat }) => {
  it('a sign-in that is refused says why in words, and keeps the e-mail', async () => {
    const page = await desk();
    await page.goto(stage().url);
    await page.getByLabel('E-mail').fill(stage().agent.email);
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).toBe(stage().agent.email);
  });

  it('a sign-in survives a reload, and a sign-out ends it', async () => {
    const page = await agentsDesk();
    await page.reload();
    await page.getByRole('tab', { name: /^Mine/ }).waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    // Asked where there are open conversations.
    const leaves = page.getByRole('button', { name: 'Leave them and sign out' });
    const signedOut = page.getByRole('heading', { name: 'Sign in' });
    await leaves.or(signedOut).waitFor();
    if (await leaves.isVisible()) await leaves.click();
    await signedOut.waitFor();
    await page.goto(`${stage().url}/inbox`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('speaks the language that is chosen, at once and after a reload, before the sign-in and behind it', async () => {
    const page = await desk();
    await page.goto(`${stage().url}/sign-in`);
    await page.getByRole('button', { name: 'Português' }).click();
    await page.getByRole('heading', { name: 'Entrar' }).waitFor();
    await page.reload();
    await page.getByLabel('Senha').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    await page.getByLabel('E-mail').fill(stage().agent.email);
    await page.getByLabel('Senha').fill(stage().agent.password);
    await page.getByRole('button', { name: 'Entrar' }).click();
    await page.getByRole('tab', { name: /^Minhas/ }).waitFor();
    await page.getByRole('button', { name: 'Ajustes' }).click();
    await page.getByRole('menuitemradio', { name: 'Español' }).click();
    await page.getByRole('tab', { name: /^En cola/ }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
  });

  it('presence is told to the server, shown as it says, and still there after a reload', async () => {
    const page = await agentsDesk();
    await page.getByRole('button', { name: /^Your presence/ }).click();
    await page.getByRole('menuitemradio', { name: 'Away · lunch' }).click();
    await page.getByRole('button', { name: 'Your presence: Away' }).waitFor();
    await page.getByRole('button', { name: /^Your presence/ }).click();
    // From here on nothing is pushed to this agent: the stories below pick for themselves.
    await page.getByRole('menuitemradio', { name: 'Busy' }).click();
    await page.getByRole('button', { name: 'Your presence: Busy' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Your presence: Busy' }).waitFor();
  });

  it('a chat is there as soon as the customer writes; picked and answered, its ticks move to read', async () => {
    const page = await agentsDesk();
    await page.getByRole('tab', { name: /^Queue/ }).click();
    const customer = await stage().customer();
    await customer.writes('Is anybody there?');
    await page.getByRole('searchbox').fill(customer.name);
    await page.getByRole('link', { name: customer.name }).click();
    const log = page.getByRole('log', { name: 'Messages' });
    await log.getByText('Is anybody there?').waitFor();
    await page.keyboard.press('p');
    await page.getByText('Picked: You').waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('Yes, good morning!');
    await page.keyboard.press('Enter');
    const answer = log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Yes, good morning!' });
    await answer.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await answer.count()).toBe(1);
    await customer.writes('Wonderful, thank you');
    await log.getByText('Wonderful, thank you').waitFor();
  });

  it('an answer to one message quotes it, Escape drops the quote, and the quote leads back', async () => {
    const page = await agentsDesk();
    const { customer, log } = await pickedChat(page, 'Do you have it in blue?');
    await customer.writes('And what does it cost?');
    await log.getByText('And what does it cost?').waitFor();
    const asked = log.getByRole('article').filter({ hasText: 'Do you have it in blue?' });
    // By keys alone: up to the message, its menu, and the answer.
    await log.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => asked.evaluate((article) => article === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Answer this message' }).click();
    const composer = page.getByRole('textbox', { name: /^Answer to/ });
    const drop = page.getByRole('button', { name: 'Do not answer a particular message' });
    await drop.waitFor();
    await page.keyboard.press('Escape');
    await drop.waitFor({ state: 'detached' });
    await asked.focus();
    await page.keyboard.press('r');
    await composer.fill('Yes, in two blues');
    await page.keyboard.press('Enter');
    const answer = log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Yes, in two blues' });
    await answer.locator('[data-status=delivered], [data-status=read]').waitFor({ timeout: 60_000 });
    await answer.getByRole('button', { name: /Do you have it in blue/ }).click();
    await asked.and(page.locator('.outline-seen')).waitFor();
  });

  it('keeps a draft per conversation, through a reload', async () => {
    const page = await agentsDesk();
    const { customer } = await pickedChat(page, 'I will think about it');
    await page.getByRole('textbox', { name: /^Answer to/ }).fill('Begun and not');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByText('No conversation is open').waitFor();
    await page.reload();
    await page.getByRole('searchbox').fill(customer.name);
    await page.getByRole('link', { name: customer.name }).click();
    const composer = page.getByRole('textbox', { name: /^Answer to/ });
    await composer.waitFor();
    expect(await composer.inputValue()).toBe('Begun and not');
    await composer.fill('');
  });

  it('a close can be taken back for five seconds; left alone, the conversation is closed', async () => {
    const page = await agentsDesk();
    await pickedChat(page, 'That was all');
    const composer = page.getByRole('textbox', { name: /^Answer to/ });
    const close = page.getByRole('button', { name: /^Close/ }).first();
    await close.click();
    await page.getByRole('button', { name: 'Undo' }).first().click();
    // Longer than the close would have waited: nothing may happen, and nothing else tells.
    await page.waitForTimeout(5_500);
    expect(await composer.count()).toBe(1);
    await close.click();
    await page.getByText('This conversation is closed').waitFor();
    expect(await composer.count()).toBe(0);
  });

  it('a customer who writes while a close may still be undone keeps the conversation open', async () => {
    const page = await agentsDesk();
    const { customer, log } = await pickedChat(page, 'Thank you');
    await page.keyboard.press('Alt+e');
    await page.getByText('Will be closed').waitFor();
    await customer.writes('One more thing');
    await log.getByText('One more thing').waitFor();
    await page.getByText('The customer wrote in the meantime').waitFor();
    await page.getByRole('textbox', { name: /^Answer to/ }).waitFor();
    // What they wrote has been seen now; and whoever had it has room for the stories below.
    await page.keyboard.press('Alt+e');
    await page.getByText('This conversation is closed').waitFor();
  });

  it('a chat that is closed in another window leaves its writer the field, and the rest of the sentence goes nowhere', async () => {
    const page = await agentsDesk();
    const { customer } = await pickedChat(page, 'Are you there?');
    const address = page.url();
    const other = await agentsDesk();
    await other.goto(address);
    const composer = page.getByRole('textbox', { name: /^Answer to/ });
    await composer.click();
    await page.keyboard.type('Good');
    await other.getByRole('button', { name: /^Close/ }).first().click();
    let over = false as boolean;
    const told = page.getByRole('alert').filter({ hasText: 'This conversation was closed' }).waitFor().finally(() => (over = true));
    while (!over) await page.keyboard.type('jkrpte1/', { delay: 5 });
    await told;
    const kept = await composer.inputValue();
    await page.keyboard.type('jkrpte1/', { delay: 5 });
    await page.keyboard.press('Enter');
    expect([page.url(), await composer.inputValue(), await composer.evaluate((field) => field === document.activeElement)]).toEqual([address, kept, true]);
    expect(await customer.received()).toEqual([]);
    await page.keyboard.press('Escape');
    await composer.waitFor();
  });

  it('on a phone there is one column: the list, then the conversation, and the way back', async () => {
    const page = await agentsDesk({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { log, customer } = await pickedChat(page, 'From my phone to yours');
    expect(await page.getByRole('region', { name: 'Conversations' }).isVisible()).toBe(false);
    await page.getByRole('textbox', { name: /^Answer to/ }).fill('Two lines\nof words');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Two lines' }).locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByRole('link', { name: customer.name }).waitFor();
    expect(await log.count()).toBe(0);
  });

  it('the keys are written down behind the question mark', async () => {
    const page = await agentsDesk();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  });

  it('the board counts a customer who begins to wait, and one who was picked, without a reload; an agent has none', async () => {
    const page = await desk();
    await signIn(page, stage().url, stage().supervisor);
    await page.getByRole('link', { name: 'Board' }).click();
    const figure = async (name: string) => Number(await page.locator('dl > div').filter({ hasText: name }).locator('dd').first().textContent());
    await page.getByRole('table').first().waitFor();
    const [waiting, active] = [await figure('Waiting'), await figure('Active')];
    const agents = await agentsDesk();
    expect(await agents.getByRole('link', { name: 'Board' }).count()).toBe(0);
    const customer = await stage().customer();
    await customer.writes('Hello?');
    await expect.poll(() => figure('Waiting')).toBe(waiting + 1);
    await agents.getByRole('searchbox').fill(customer.name);
    await agents.getByRole('link', { name: customer.name }).click();
    await agents.getByRole('button', { name: 'Pick' }).first().click();
    await expect.poll(() => figure('Active')).toBe(active + 1);
    expect(await figure('Waiting')).toBe(waiting);
  });
});
