// The board as the server counts it: whole at first, then the rows that changed.
import type { Board, Id } from '../../../api/types';
import type { BoardFrame } from '../../../live/frames';
import type { FrameFolds, Slice } from '../../../live/slice';

declare module '../../../live/slice' {
  interface Slices {
    board: BoardSlice;
  }
}

export class BoardSlice implements Slice {
  /** Null until it came for the first time. */
  shown: Board | null = null;
  readonly frames: FrameFolds = { board: (frame) => void (this.shown = foldBoard(this.shown, frame)) };
}

function foldBoard(board: Board | null, frame: BoardFrame): Board {
  const { at, numbers, queues, agents } = frame;
  if (frame.full || board === null) return { at, numbers, queues, agents };
  return {
    at,
    numbers: replaceRows(board.numbers, numbers),
    queues: replaceRows(board.queues, queues),
    agents: replaceRows(board.agents, agents),
  };
}

function replaceRows<T extends { id: Id }>(rows: T[], changed: T[]): T[] {
  if (changed.length === 0) return rows;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) byId.set(row.id, row);
  return [...byId.values()];
}
