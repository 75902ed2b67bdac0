import { describe, expect, it } from 'vitest';
import { MemoryKeep } from '../../tests/desk';
import type { Problem } from '../api/types';
import { Commands, Refused } from './commands';
import type { ClientFrame } from './frames';

function problem(code: string, retry_after_s: number | null = null): Problem {
  return { type: '', title: '', status: 0, code, detail: null, retry_after_s, errors: [], request_id: null };
}

function bench(keep = new MemoryKeep()) {
  const posted: ClientFrame[] = [];
  const timers: { ms: number; then: () => void }[] = [];
  const commands = new Commands(keep, (ms, then) => timers.push({ ms, then }), () => {});
  const ids = () => posted.flatMap((frame) => (frame.type === 'command' ? [frame.id] : []));
  const send = (id: string, conversation: string, text = id) => commands.give(id, 'send', { conversation_id: conversation, type: 'text', text }, 0);
  return { commands, posted, timers, keep, ids, send, connect: () => commands.connected((frame) => posted.push(frame)) };
}

describe('A10, rule 6: commands', () => {
  it('are asked one at a time per conversation, in the order in which they were given', () => {
    const { commands, ids, send, connect } = bench();
    for (const id of ['a1', 'a2', 'b1']) void send(id, id[0] ?? '');
    connect();
    expect(ids()).toEqual(['a1', 'b1']);
    commands.result({ type: 'result', command_id: 'a1', ok: true, body: { conversation_id: 'a', message_id: 'm1' } });
    expect(ids()).toEqual(['a1', 'b1', 'a2']);
  });

  it('are asked again with the same id after a cut, and nothing overtakes', () => {
    const { commands, ids, send, connect } = bench();
    void send('a1', 'a');
    void send('a2', 'a');
    connect();
    commands.disconnected();
    connect();
    expect(ids()).toEqual(['a1', 'a1']);
  });

  it.each(['busy', 'unavailable', 'timed_out', 'rate_limited', 'internal'])('%s decided nothing: it is asked again, after the pause that was named', (code) => {
    const { commands, ids, send, connect, timers } = bench();
    void send('a1', 'a');
    void send('a2', 'a');
    connect();
    commands.result({ type: 'result', command_id: 'a1', ok: false, problem: problem(code, 3) });
    expect(ids()).toEqual(['a1']);
    expect(timers.map(({ ms }) => ms)).toEqual([3_000]);
    timers[0]?.then();
    expect(ids()).toEqual(['a1', 'a1']);
  });

  it('what failed each time was decided: it is shown with its words, and never asked again', async () => {
    const { commands, ids, send, connect, timers } = bench();
    const answer = send('a1', 'a', 'words that matter');
    connect();
    commands.result({ type: 'result', command_id: 'a1', ok: false, problem: problem('command_failed') });
    await expect(answer).rejects.toThrow('command_failed');
    expect(commands.pending).toMatchObject([{ id: 'a1', state: 'refused', problem: { code: 'command_failed' } }]);
    expect([ids(), timers.length]).toEqual([['a1'], 0]);
  });

  it('a refused message keeps its words on the screen, and lets the next one go', async () => {
    const { commands, ids, send, connect, keep } = bench();
    const answer = send('a1', 'a', 'words that matter');
    void send('a2', 'a');
    connect();
    commands.result({ type: 'result', command_id: 'a1', ok: false, problem: problem('service_window_closed') });
    await expect(answer).rejects.toBeInstanceOf(Refused);
    expect(commands.pending[0]).toMatchObject({ id: 'a1', state: 'refused', problem: { code: 'service_window_closed' }, body: { text: 'words that matter' } });
    expect(keep.kept.get('a1')?.state).toBe('refused');
    expect(ids()).toEqual(['a1', 'a2']);
  });

  it('what was not sent survives a reload; what was refused stays refused', () => {
    const keep = new MemoryKeep();
    const before = bench(keep);
    void before.send('a1', 'a');
    void before.send('b1', 'b').catch(() => {});
    before.connect();
    before.commands.result({ type: 'result', command_id: 'b1', ok: false, problem: problem('not_owner') });
    const after = bench(keep);
    after.connect();
    expect(after.ids()).toEqual(['a1']);
    expect(after.commands.pending.map(({ id, state }) => [id, state])).toEqual([['a1', 'in_flight'], ['b1', 'refused']]);
  });

  it('only messages are kept: a pick of yesterday is nobody’s wish today', () => {
    const { commands, keep } = bench();
    void commands.give('p', 'pick', { conversation_id: 'a', expected_epoch: 1 }, 0);
    expect(keep.kept.size).toBe(0);
  });

  it('an event that comes before its result settles the command once', async () => {
    const { commands, send, connect, keep } = bench();
    const answer = send('a1', 'a');
    connect();
    commands.caused('a1', 'm1');
    expect(commands.pending).toMatchObject([{ id: 'a1', state: 'accepted', message_id: 'm1' }]);
    expect(keep.kept.size).toBe(0);
    commands.result({ type: 'result', command_id: 'a1', ok: true, body: { conversation_id: 'a', message_id: 'm1' } });
    await expect(answer).resolves.toEqual({ conversation_id: 'a', message_id: 'm1' });
    commands.prune(() => true);
    expect(commands.pending).toEqual([]);
  });

  it('at most sixteen are unanswered', () => {
    const { ids, send, connect } = bench();
    for (let i = 0; i < 20; i += 1) void send(`c${i}`, `conversation ${i}`);
    connect();
    expect(ids()).toHaveLength(16);
  });
});
