import i18next from 'i18next';
import { beforeAll, expect, it } from 'vitest';
import type { CommandBodies } from '../../../api/types';
import { en } from '../../../../tests/english';
import { contentOf, saidIn, wordsOf } from './said';

beforeAll(() => i18next.init({ lng: 'en', resources: { en: { translation: en } } }));

type Said<Body> = Body extends unknown ? Omit<Body, 'conversation_id'> : never;

it.each<[Said<CommandBodies['send']>, string, string | null]>([
  [{ type: 'text', text: 'Good morning' }, 'Good morning', 'Good morning'],
  [{ type: 'media', media: { kind: 'image', link: 'https://example.com/a.png', caption: 'The box' } }, 'Picture · The box', 'The box'],
  [{ type: 'media', media: { kind: 'document', link: 'https://example.com/a.pdf', filename: 'a.pdf' } }, 'Document · a.pdf', null],
  [{ type: 'template', template: { name: 'resume_chat', language: 'en', parameters: ['Ana'] } }, 'Template · resume_chat', null],
])('what is sent says the same as the message that comes of it', (body, line, words) => {
  const content = contentOf({ conversation_id: 'c', ...body });
  expect(saidIn(content)).toBe(line);
  expect(wordsOf(content)).toBe(words);
});

it('a template says what the customer read, where that is known', () => {
  const template = { type: 'template' as const, name: 'resume_chat', language: 'en', parameters: ['Ana'] };
  const words = { header: 'Your order', body: 'Hello Ana', footer: null, buttons: [] };
  expect(saidIn({ ...template, words })).toBe('Template · Hello Ana');
  expect(saidIn(template)).toBe('Template · resume_chat');
});

it('a kind of a newer server is named, never hidden', () => expect(saidIn({ type: 'hologram' } as never)).toBe('hologram'));
