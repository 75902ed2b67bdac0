// Who did what to one record, from the audit: the last first.
import { useQuery } from '@tanstack/react-query';
import { get } from '../../../api/http';
import type { Id, List, RecordChange } from '../../../api/types';
import { useDesk } from '../../../live/store';

const AT_MOST = 20;

export function useChanges(kind: string, id: Id): readonly RecordChange[] | undefined {
  const { queries } = useDesk();
  const asked = new URLSearchParams({ record_kind: kind, record_id: id, limit: String(AT_MOST) }).toString();
  const { data } = useQuery({ queryKey: ['/audit', asked], queryFn: () => get<List<RecordChange>>(`/audit?${asked}`), meta: { told: { path: '/audit', nouns: [kind] } } }, queries);
  return data?.body.items;
}

/** The name of whoever signs in; undefined for what has none, or is not known yet. */
export function useNames(): (id: Id | null) => string | undefined {
  const { queries } = useDesk();
  const { data } = useQuery({ queryKey: ['/users'], queryFn: () => get<List<{ id: Id; name: string }>>('/users'), meta: { told: { path: '/users', nouns: ['user'] } } }, queries);
  return (id) => data?.body.items.find((user) => user.id === id)?.name;
}
