// What this client believes of the tenant. Frames are handed to the slices that fold them, in whatever order they come, and it
// converges on what the server holds (docs/api-design.md, section 9). No input or output, no clock, no React.
import type { Agent, Id } from '../api/types';
import { Cursor } from './cursor';
import type { Change, ServerFrame, Topic } from './frames';
import type { Slice, Slices } from './slice';

export type Model = Core & Slices;
/** Makes every slice that is registered. */
export type MakeSlices = (core: Core) => Slices;

export function newModel(make: MakeSlices): Model {
  const core = new Core();
  const slices = make(core);
  core.takes(Object.values(slices) as Slice[]);
  return Object.assign(core, slices);
}

/** What is the same for all slices: where the stream stands, what is subscribed, and who folds what. */
export class Core {
  readonly cursor = new Cursor();
  /** The signed-in agent as the server sees them. */
  self: Agent | null = null;
  /** Told of each change and each frame that was folded, by its name; `null`: some may have been missed. */
  heard: (name: string | null) => void = () => undefined;
  /** The number of each subscription that stands: the answer to an older one holds nothing. */
  private readonly subscriptions = new Map<Topic, number>();
  private slices: readonly Slice[] = [];

  takes(slices: readonly Slice[]): void {
    this.slices = slices;
  }

  fold(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        if (frame.mode === 'snapshot') this.begin(frame.incarnation);
        return;
      case 'resync':
        this.begin(frame.incarnation);
        return;
      case 'event':
        for (const change of frame.changes) this.change(change, frame.position);
        this.cursor.advance(frame.position);
        return;
      case 'watermark':
        this.cursor.advance(frame.position);
        return;
      case 'presence':
        this.self = frame.agent;
        return;
      case 'refused':
        if (!this.isCurrent(frame.topic, frame.subscription)) return;
        this.forget(frame.topic);
        for (const slice of this.slices) slice.refused?.(frame.topic);
        return;
      case 'snapshot':
        this.hand(frame);
        if (frame.last && this.isCurrent(frame.topic, frame.subscription)) this.cursor.hold(frame.topic, frame.as_of);
        return;
      default:
        this.hand(frame);
    }
  }

  subscribed(topic: Topic, subscription: number): void {
    this.subscriptions.set(topic, subscription);
  }

  isAsked(topic: Topic): boolean {
    return this.subscriptions.has(topic);
  }

  /** Nobody looks at it any more. What was read stays at hand for a while. */
  release(topic: Topic): void {
    this.forget(topic);
    for (const slice of this.slices) slice.released?.(topic);
  }

  /** It is neither asked for nor held. */
  forget(topic: Topic): void {
    this.subscriptions.delete(topic);
    this.cursor.held.delete(topic);
  }

  shows(conversation: Id, message: Id): boolean {
    return this.slices.some((slice) => slice.shows?.(conversation, message) === true);
  }

  private isCurrent(topic: Topic, subscription: number | undefined): boolean {
    const current = this.subscriptions.get(topic);
    return current !== undefined && (subscription ?? current) === current;
  }

  /** Positions of another incarnation say nothing about ours: what is on screen stays until the snapshots replace it, but loses its word. */
  private begin(incarnation: string): void {
    const other = this.cursor.incarnation !== null && this.cursor.incarnation !== incarnation;
    for (const slice of this.slices) slice.begins?.(other);
    this.cursor.reset(incarnation);
    this.heard(null);
  }

  /** A frame of a server that is newer than this console is nobody's. */
  private hand(frame: ServerFrame): void {
    for (const { frames } of this.slices) (frames?.[frame.type] as ((of: ServerFrame) => void) | undefined)?.(frame);
    this.heard(frame.type);
  }

  private change(change: Change, at: number): void {
    const { name, body } = change;
    for (const { changes } of this.slices) (changes?.[name] as ((body: Change['body'], at: number) => void) | undefined)?.(body, at);
    this.heard(change.name === 'record.changed' ? change.body.record : name);
  }
}
