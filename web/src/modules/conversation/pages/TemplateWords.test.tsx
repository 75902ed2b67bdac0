import { act, cleanup, render, waitFor } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { ContentOf, Template } from '../../../api/types';
import { en } from '../../../../tests/english';
import { newQueries } from '../../../live/freshness';
import { DeskContext, type Desk } from '../../../live/store';
import { readsOf } from '../api/reads';
import { type Talk, TalkContext } from './talk';
import { TemplateWords } from './TemplateWords';

beforeAll(() => i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en } } }));
afterEach(cleanup);

const sent: ContentOf<'template'> = { type: 'template', name: 'order_ready', language: 'en', parameters: ['Ana'] };
const today: Template = { name: 'order_ready', language: 'en', category: 'UTILITY', body: 'Good news, {{1}}', parameters: 1 };

async function shown(template: ContentOf<'template'>): Promise<HTMLElement> {
  const desk = { client: {}, queries: newQueries() } as unknown as Desk;
  readsOf(desk).templates = () => Promise.resolve([today]);
  const talk = { number: 'line' } as Talk;
  let container!: HTMLElement;
  await act(async () => {
    ({ container } = render(<DeskContext value={desk}><TalkContext value={talk}><TemplateWords template={template} /></TalkContext></DeskContext>));
    await Promise.resolve();
  });
  return container;
}

it('a template shows what it said when it was sent, whatever it says today', async () => {
  const buttons = [{ type: 'QUICK_REPLY', text: 'Thank you', target: null }, { type: 'URL', text: 'Follow it', target: 'https://shop.example/77' }];
  const box = await shown({ ...sent, words: { header: 'Your order', body: 'Hello Ana, *it is here*', footer: 'The shop', buttons } });
  expect([...box.querySelectorAll('p')].map(({ textContent }) => textContent)).toEqual(['Template · order_ready', 'Your order', 'Hello Ana, it is here', 'The shop']);
  const list = box.querySelector('ul');
  expect(list?.getAttribute('aria-label')).toBe('Buttons the customer sees');
  expect([...(list?.querySelectorAll('li') ?? [])].map(({ textContent }) => textContent)).toEqual(['Thank you', 'Follow ithttps://shop.example/77']);
  expect(list?.querySelector('a, button')).toBeNull();
});

it('a template has no more parts than it was sent with', async () => {
  const box = await shown({ ...sent, words: { header: null, body: 'Hello Ana', footer: null, buttons: [] } });
  expect(box.textContent).toBe('Template · order_readyHello Ana');
});

it('where nobody knows what it said, the template of today is shown with its values', async () => {
  const box = await shown(sent);
  await waitFor(() => expect(box.textContent).toBe('Template · order_readyGood news, Ana'));
  expect((await shown({ ...sent, language: 'es' })).textContent).toBe('Template · order_readyAna');
});
