// Numbers, queues and agents, which every page names: they come with the inbox, by changes, and by themselves.
import type { Agent, NumberLine, Queue } from '../api/types';
import type { InboxSnapshotFrame } from './frames';
import { KnownMap } from './known';
import type { Core } from './model';
import type { ChangeFolds, FrameFolds, Slice } from './slice';

declare module './slice' {
  interface Slices {
    numbers: Numbers;
    queues: Queues;
    agents: Agents;
  }
}

export function directorySlices(core: Core): { numbers: Numbers; queues: Queues; agents: Agents } {
  return { numbers: new Numbers(core), queues: new Queues(core), agents: new Agents() };
}

/** Of a frame without a position: it holds as of what was folded so far, and the next snapshot brings it again. */
const asOf = ({ cursor }: Core) => cursor.position ?? 0;

export class Numbers extends KnownMap<NumberLine> implements Slice {
  constructor(private readonly core: Core) {
    super();
  }

  readonly frames: FrameFolds = {
    snapshot: (frame) => putAll(this, 'numbers', frame),
    directory: ({ numbers }) => numbers.forEach((number) => this.putNewest(number, asOf(this.core))),
  };
  readonly changes: ChangeFolds = { 'number.changed': (number, at) => this.put(number, at) };

  begins(other: boolean): void {
    if (other) this.clear();
  }
}

export class Queues extends KnownMap<Queue> implements Slice {
  constructor(private readonly core: Core) {
    super();
  }

  readonly frames: FrameFolds = {
    snapshot: (frame) => putAll(this, 'queues', frame),
    directory: ({ queues }) => queues.forEach((queue) => this.putNewest(queue, asOf(this.core))),
  };

  begins(other: boolean): void {
    if (other) this.clear();
  }
}

export class Agents extends KnownMap<Agent> implements Slice {
  readonly frames: FrameFolds = { snapshot: (frame) => putAll(this, 'agents', frame) };
  readonly changes: ChangeFolds = { 'agent.changed': (agent, at) => this.put(agent, at) };

  begins(other: boolean): void {
    if (other) this.clear();
  }
}

type Directory = NonNullable<InboxSnapshotFrame['directory']>;

function putAll<Name extends keyof Directory>(map: KnownMap<Directory[Name][number]>, name: Name, frame: { as_of: number; directory?: Directory }): void {
  for (const one of frame.directory?.[name] ?? []) map.put(one, frame.as_of);
}
