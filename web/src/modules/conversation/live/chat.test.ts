import { describe, expect, it } from 'vitest';
import type { Message } from '../../../api/types';
import { Chat } from './chat';
import type { ConversationSnapshotFrame } from '../../../live/frames';

function message(position: number, change: Partial<Message> = {}): Message {
  return {
    id: `m${position}`, conversation_id: 'c', thread_id: 't', number_id: 'n', position, direction: 'outbound', status: 'sent', error: null, waiting: null, content: { type: 'text', body: `${position}` },
    author: null, reply_to: null, provider_message_id: null, said_at: '', recorded_at: '', edited_at: null, revoked_at: null, versions: [], notice: false, forwarded: null, product: null, referral: null, reactions: [], media: null, pricing: null, ...change,
  };
}

function snapshot(as_of: number, positions: number[], older_cursor: string | null): ConversationSnapshotFrame {
  return {
    type: 'snapshot', topic: 'conversation:c', as_of, part: 1, last: true, truncated: false, older_cursor, history: [], messages: positions.map((position) => message(position)),
    conversation: { id: 'c' } as ConversationSnapshotFrame['conversation'], contact: { id: 'k' } as ConversationSnapshotFrame['contact'],
  };
}

const positions = (chat: Chat) => chat.messages.map(({ position }) => position);

describe('a chat', () => {
  it('shows a gapless run: what an old snapshot left behind comes back only with its page', () => {
    const chat = new Chat();
    chat.snapshot(snapshot(10, [1, 2, 3], null));
    chat.snapshot(snapshot(90, [80, 81], 'before 80'));
    expect(positions(chat)).toEqual([80, 81]);
    chat.pageAsked();
    chat.page('before 80', [message(3), message(2)], 'before 2', 91);
    expect(positions(chat)).toEqual([2, 3, 80, 81]);
    expect(chat.older).toEqual({ cursor: 'before 2' });
  });

  it('a page that continues another run is left aside', () => {
    const chat = new Chat();
    chat.snapshot(snapshot(90, [80], 'before 80'));
    chat.pageAsked();
    chat.snapshot(snapshot(200, [190], 'before 190'));
    chat.page('before 80', [message(3)], null, 91);
    expect(positions(chat)).toEqual([190]);
    expect(chat.older).toEqual({ cursor: 'before 190' });
  });

  it('a status that comes before its message’s page is not lost', () => {
    const chat = new Chat();
    chat.snapshot(snapshot(90, [80], 'before 80'));
    chat.pageAsked();
    chat.status({ id: 'm3', conversation_id: 'c', status: 'read', error: null, waiting: null, provider_message_id: 'w3' }, 95);
    chat.page('before 80', [message(3)], null, 92);
    expect(chat.get('m3')).toMatchObject({ status: 'read', provider_message_id: 'w3' });
  });

  it('of two copies the later is the truth, for the words and for the status each', () => {
    const chat = new Chat();
    chat.snapshot(snapshot(10, [5], null));
    chat.status({ id: 'm5', conversation_id: 'c', status: 'delivered', error: null, waiting: null, provider_message_id: null }, 20);
    chat.put(message(5, { content: { type: 'text', body: 'edited' }, status: 'sent' }), 15);
    expect(chat.get('m5')).toMatchObject({ status: 'delivered', content: { body: 'edited' } });
    chat.put(message(5, { content: { type: 'text', body: 'older' } }), 12);
    expect(chat.get('m5')).toMatchObject({ status: 'delivered', content: { body: 'edited' } });
  });

  it('what a snapshot does not carry any more is gone; what came after it stays', () => {
    const chat = new Chat();
    chat.snapshot(snapshot(10, [5, 6], null));
    chat.put(message(30), 30);
    chat.snapshot(snapshot(20, [6], null));
    expect(positions(chat)).toEqual([6, 30]);
  });
});
