// A part of the live model. Each module registers its own: which frames and which changes it folds, in whatever order they come,
// and what it lets go of. The model hands them on and knows what none of them means.
import type { Id, Message } from '../api/types';
import type { Change, ServerFrame, Topic } from './frames';

export type FrameFolds = { readonly [Name in ServerFrame['type']]?: (frame: Extract<ServerFrame, { type: Name }>) => void };

/** `at`: the position that the change holds as of. */
export type ChangeFolds = { readonly [Name in Change['name']]?: (body: Extract<Change, { name: Name }>['body'], at: number) => void };

export interface Slice {
  /** Frames of one topic or of none: snapshots, board, directory, typing … */
  readonly frames?: FrameFolds;
  /** Changes of an event, by their names. */
  readonly changes?: ChangeFolds;
  /** Snapshots come anew. `other`: of another incarnation, whose positions say nothing about those that are known. */
  begins?(other: boolean): void;
  /** Nobody looks at the topic any more. */
  released?(topic: Topic): void;
  /** The topic may not be seen any more. */
  refused?(topic: Topic): void;
  /** Whether it shows the message that a command brought. */
  shows?(conversation: Id, message: Message['id']): boolean;
}

/** Slices by their names in the model. A module adds its own beside the slice itself, and where slices are registered. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the modules fill it
export interface Slices {}
