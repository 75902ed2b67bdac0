// Customers write, colleagues pick, answer and close, ticks move: so that a screen under construction is never still.
import { answer, EVERY_KIND } from './seed';
import type { World } from './world';

const WORDS = ['Alguém pode me ajudar?', 'Ok', '¿Cuánto demora?', 'Muito obrigado!', 'Is it still available?', 'Segue o comprovante', '…'];

/** One small thing happens; `played` are the users a person (or a test) plays. */
export function happen(world: World, random: () => number, played: ReadonlySet<string>): void {
  const any = <T>(list: T[]): T | undefined => list[Math.floor(random() * list.length)];
  const open = [...world.conversations.values()].filter(({ state }) => state !== 'closed');
  const dice = random();
  if (dice < 0.45) {
    const conversation = any([...world.conversations.values()]);
    if (conversation === undefined) return;
    const content = random() < 0.15 ? any(EVERY_KIND) : { type: 'text' as const, body: any(WORDS) ?? '' };
    if (content !== undefined) world.inbound(conversation.contact.id, conversation.number_id, content);
    return;
  }
  const others = [...world.agents.values()].filter(({ id, effective_presence }) => !played.has(id) && effective_presence === 'online');
  const agent = any(others);
  if (agent === undefined) return;
  if (dice < 0.6) {
    const waiting = any(open.filter((c) => c.owner.kind === 'queue' && agent.queue_ids.includes(c.queue_id) && agent.active < 4));
    if (waiting !== undefined) world.act(agent.id, 'pick', { conversation_id: waiting.id, expected_epoch: waiting.owner_epoch });
    return;
  }
  const own = any(open.filter((c) => c.owner.kind === 'agent' && c.owner.id === agent.id));
  if (own === undefined) return;
  if (dice < 0.9) answer(world, agent.id, own.id, 'Olá! Um momento, por favor.', 'delivered');
  else world.act(agent.id, 'close', { conversation_id: own.id });
}

/** The provider's answers to a message just sent: taken, on the phone, read; or none at all. */
export function deliver(world: World, conversation: string, message: string, later: (ms: number, then: () => void) => void): void {
  const statuses = world.losesAnswers ? (['sending', 'unknown'] as const) : (['sending', 'sent', 'delivered', 'read'] as const);
  statuses.forEach((status, i) => later(120 + i * 600, () => world.status(conversation, message, status)));
}
