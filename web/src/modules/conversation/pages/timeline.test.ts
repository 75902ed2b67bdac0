import { describe, expect, it } from 'vitest';
import type { HistoryLine, Message } from '../../../api/types';
import type { Pending } from '../../../live/commands';
import { rowsOf } from './timeline';

function said(position: number, at: string, direction: 'inbound' | 'outbound' = 'inbound', body = 'words'): Message {
  return {
    id: `m${position}`, conversation_id: 'c', thread_id: 't', number_id: 'n', position, direction, status: 'sent', error: null, waiting: null, content: { type: 'text', body },
    author: direction === 'outbound' ? { kind: 'agent', id: 'me' } : null, reply_to: null, provider_message_id: null, said_at: at, recorded_at: at, edited_at: null, revoked_at: null, versions: [], notice: false, forwarded: null, product: null, referral: null, reactions: [], media: null, pricing: null,
  };
}

function changed(position: number, at: string): HistoryLine {
  return { id: `h${position}`, conversation_id: 'c', position, at, kind: 'owner_changed', from: null, to: null, owner_epoch: 1, reason: 'picked', message_id: null, actor_id: null };
}

function pending(change: Partial<Pending<'send'>>): Pending<'send'> {
  return { id: 'p', name: 'send', body: { conversation_id: 'c', type: 'text', text: 'words' }, given_at: Date.parse('2026-11-21T12:00:00'), state: 'waiting', tried: false, message_id: null, problem: null, ...change };
}

const kinds = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => (row.kind === 'message' ? `${row.message.id}${row.first ? '*' : ''}` : row.kind === 'history' ? row.line.id : row.kind));

describe('the rows of a conversation', () => {
  it('stand in the order of positions, with a line where a day begins', () => {
    const rows = rowsOf([said(2, '2026-11-20T23:58:00'), said(5, '2026-11-21T00:01:00')], [changed(1, '2026-11-20T23:57:00'), changed(4, '2026-11-20T23:59:00')], [], 'c', 'me', true);
    expect(kinds(rows)).toEqual(['day', 'h1', 'm2*', 'h4', 'day', 'm5*']);
  });

  it('show what the provider says as a line, which ends a group', () => {
    const notice = { ...said(2, '2026-11-21T12:00:10'), notice: true };
    const rows = rowsOf([said(1, '2026-11-21T12:00:01'), notice, said(3, '2026-11-21T12:00:20')], [], [], 'c', 'me', true);
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'message', 'notice', 'message']);
    expect(rows.at(-1)).toMatchObject({ first: true });
  });

  it('group what one side said within a minute', () => {
    const rows = rowsOf([said(1, '2026-11-21T12:00:01'), said(2, '2026-11-21T12:00:40'), said(3, '2026-11-21T12:01:10'), said(4, '2026-11-21T12:01:20', 'outbound')], [], [], 'c', 'me', true);
    expect(kinds(rows)).toEqual(['day', 'm1*', 'm2', 'm3*', 'm4*']);
  });

  it('begin with a message while older ones are missing: the scroll holds on to it, and no day is claimed', () => {
    const rows = rowsOf([said(7, '2026-11-21T12:00:00')], [changed(3, '2026-11-21T10:00:00'), changed(9, '2026-11-21T12:02:00')], [], 'c', 'me', false);
    expect(kinds(rows)).toEqual(['m7*', 'h9']);
  });

  it('end with what is still on its way, of this conversation alone', () => {
    const other = pending({ id: 'other', body: { conversation_id: 'elsewhere', type: 'text', text: 'words' } });
    expect(kinds(rowsOf([], [], [pending({}), other], 'c', 'me', true))).toEqual(['pending']);
  });

  it('never show a message beside its own pending twin', () => {
    const twin = said(3, '2026-11-21T12:00:05', 'outbound');
    expect(kinds(rowsOf([twin], [], [pending({ message_id: 'm3', state: 'accepted' })], 'c', 'me', true))).toEqual(['day', 'm3*']);
    expect(kinds(rowsOf([twin], [], [pending({ tried: true })], 'c', 'me', true))).toEqual(['day', 'm3*']);
    // Not sent yet: it is another one with the same words.
    expect(kinds(rowsOf([twin], [], [pending({ tried: false })], 'c', 'me', true))).toEqual(['day', 'm3*', 'pending']);
  });

  it('know the twin of a template and of a file too', () => {
    const sent = { name: 'resume', language: 'en', parameters: ['Ana'] };
    const template = { type: 'template' as const, ...sent };
    const file = { type: 'media' as const, kind: 'image' as const, mime_type: null, caption: 'The box', filename: null, voice: false, animated: false };
    const came = (content: Message['content']) => ({ ...said(3, '2026-11-21T12:00:05', 'outbound'), content });
    const asked = pending({ tried: true, body: { conversation_id: 'c', type: 'template', template: sent } });
    expect(kinds(rowsOf([came(template)], [], [asked], 'c', 'me', true))).toEqual(['day', 'm3*']);
    expect(kinds(rowsOf([came({ ...template, parameters: ['Eva'] })], [], [asked], 'c', 'me', true))).toEqual(['day', 'm3*', 'pending']);
    const linked = pending({ tried: true, body: { conversation_id: 'c', type: 'media', media: { kind: 'image', link: 'https://example.com/a.png', caption: 'The box' } } });
    expect(kinds(rowsOf([came(file)], [], [linked], 'c', 'me', true))).toEqual(['day', 'm3*']);
    expect(kinds(rowsOf([came({ ...file, kind: 'video' })], [], [linked], 'c', 'me', true))).toEqual(['day', 'm3*', 'pending']);
  });
});
