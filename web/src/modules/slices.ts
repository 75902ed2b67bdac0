// What the live model consists of: a line for each module that folds something.
import { directorySlices } from '../live/directory';
import type { Core } from '../live/model';
import type { Slices } from '../live/slice';
import { conversationSlices } from './conversation/live/conversations';
import { BoardSlice } from './routing/live/board';

export function slices(core: Core): Slices {
  return {
    ...directorySlices(core),
    ...conversationSlices(core),
    board: new BoardSlice(),
  };
}
