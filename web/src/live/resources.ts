// Lists and single things of the API that are no part of the live model: read when somebody looks, shown at once where they were read
// before, and read again when the socket tells that one of them changed.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, ProblemError, type Reading, write } from '../api/http';
import type { Id, List } from '../api/types';
import { uuidv7 } from '../api/uuid';
import type { Told } from './freshness';
import { useDesk } from './store';

/** A kind of thing and where it is read: `/users`. */
export interface Resource<Row extends { id: Id }> extends Told {
  /** Only for the types. */
  readonly row?: Row;
}

export interface ListQuery {
  filters?: Readonly<Record<string, string>>;
  /** A field's name; with `-` before it the greatest first. */
  sort?: string | undefined;
  limit?: number;
}

/** Something that is edited, and which version of it this is. */
export interface Versioned<Row> {
  value: Row;
  etag: string | null;
}

export interface Page<Row> {
  /** Undefined until the first answer. */
  rows: readonly Row[] | undefined;
  /** Why it could not be read, as a problem's code; null: nothing is amiss. */
  failed: string | null;
  /** What is shown is of the query before. */
  isOld: boolean;
  again: () => void;
}

export interface Pages<Row> extends Page<Row> {
  /** The first is 1. */
  number: number;
  next: (() => void) | undefined;
  previous: (() => void) | undefined;
}

/** One page of a list, from `cursor` on. */
export function useList<Row extends { id: Id }>(resource: Resource<Row>, { filters = {}, sort, limit = 50 }: ListQuery, cursor: string | null): Page<Row> & { nextCursor: string | null } {
  const { queries } = useDesk();
  const asked = new URLSearchParams({ ...filters, ...(sort === undefined ? {} : { sort }), limit: String(limit), ...(cursor === null ? {} : { cursor }) }).toString();
  const { data, error, isPlaceholderData, refetch } = useQuery(
    { queryKey: [resource.path, 'list', asked], queryFn: () => get<List<Row>>(`${resource.path}?${asked}`), placeholderData: keepPreviousData, meta: { told: resource } },
    queries,
  );
  return { rows: data?.body.items, nextCursor: data?.body.next_cursor ?? null, failed: codeOf(error), isOld: isPlaceholderData, again: () => void refetch() };
}

/** A list, page by page, there and back; from its beginning again where another one is asked for. */
export function usePages<Row extends { id: Id }>(resource: Resource<Row>, query: ListQuery): Pages<Row> {
  const of = JSON.stringify([resource.path, query]);
  const [walked, walk] = useState<{ of: string; cursors: readonly string[] }>({ of, cursors: [] });
  const cursors = walked.of === of ? walked.cursors : [];
  const { nextCursor, ...page } = useList(resource, query, cursors.at(-1) ?? null);
  return {
    ...page,
    number: cursors.length + 1,
    next: nextCursor === null || page.isOld ? undefined : () => walk({ of, cursors: [...cursors, nextCursor] }),
    previous: cursors.length === 0 ? undefined : () => walk({ of, cursors: cursors.slice(0, -1) }),
  };
}

export interface One<Row> {
  read: Versioned<Row> | undefined;
  failed: string | null;
  again: () => void;
}

export function useOne<Row extends { id: Id }>(resource: Resource<Row>, id: Id): One<Row> {
  const { queries } = useDesk();
  const { data, error, refetch } = useQuery({ queryKey: [resource.path, 'one', id], queryFn: () => get<Row>(`${resource.path}/${id}`), meta: { told: resource } }, queries);
  return { read: data && versioned(data), failed: codeOf(error), again: () => void refetch() };
}

export interface Editing<Row> {
  create: (body: unknown, key?: Id) => Promise<void>;
  /** Refused (`precondition_failed`) where it is no longer the version of `etag`. */
  change: (id: Id, body: unknown, etag: string | null, key?: Id) => Promise<void>;
  /** Out of use, and back; refused like a change. */
  archive: (id: Id, etag: string | null) => Promise<void>;
  restore: (id: Id, etag: string | null) => Promise<void>;
  /** As it is now, past what was read before. */
  latest: (id: Id) => Promise<Versioned<Row>>;
}

/** Creating and changing; what is shown of the resource is read again. */
export function useEditing<Row extends { id: Id }>({ path }: Resource<Row>): Editing<Row> {
  const { queries } = useDesk();
  const told = () => queries.invalidateQueries({ queryKey: [path] });
  return {
    create: (body, key = uuidv7()) => write({ method: 'POST', path, body, key }).then(told),
    change: (id, body, etag, key = uuidv7()) => write({ method: 'PATCH', path: `${path}/${id}`, body, etag, key }).then(told),
    archive: (id, etag) => write({ method: 'POST', path: `${path}/${id}/archive`, etag }).then(told),
    restore: (id, etag) => write({ method: 'POST', path: `${path}/${id}/restore`, etag }).then(told),
    latest: async (id) => {
      const reading = await get<Row>(`${path}/${id}`);
      queries.setQueryData([path, 'one', id], reading);
      return versioned(reading);
    },
  };
}

function versioned<Row>({ body, etag }: Reading<Row>): Versioned<Row> {
  return { value: body, etag };
}

function codeOf(error: Error | null): string | null {
  if (error === null) return null;
  return error instanceof ProblemError ? error.problem.code : 'no_connection';
}
