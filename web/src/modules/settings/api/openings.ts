// What some hours come to, day by day.
import { useQuery } from '@tanstack/react-query';
import { get } from '../../../api/http';
import type { Id, Openings } from '../../../api/types';
import { useDesk } from '../../../live/store';

const DAYS = 7;

/** A week from the day on (`YYYY-MM-DD`; empty: today in the zone of these hours); read again when the hours or their holidays change. */
export function useOpenings(id: Id, on: string): Openings | undefined {
  const { queries } = useDesk();
  const asked = new URLSearchParams({ days: String(DAYS), ...(on === '' ? {} : { on }) }).toString();
  const { data } = useQuery(
    { queryKey: ['/hours', 'openings', id, asked], queryFn: () => get<Openings>(`/hours/${id}/openings?${asked}`), meta: { told: { path: '/hours', nouns: ['hours', 'holidays'] } } },
    queries,
  );
  return data?.body;
}
