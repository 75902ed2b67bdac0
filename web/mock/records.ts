// Records of a mock world: of their changes alone it tells.
import type { Id } from '../src/api/types';
import type { World } from './world';

/** Somebody gives a record another name. */
export function renameRecord(world: World, record: string, id: Id): void {
  world.position += 1;
  world.commit(null, null, [{ change: { name: 'record.changed', body: { record, id, version: 2, what: 'changed', fields: ['name'] } }, before: null }]);
}
