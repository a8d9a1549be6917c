import { z } from 'zod';
import type { Page, PageRequest } from '../../persistence/paging.js';

const DEFAULT_LIMIT = 50;

/** Query of every list; more rows than the setting RAMPART_PAGE_LIMIT are never on one page. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).default(DEFAULT_LIMIT).describe('Most items on the page'),
  cursor: z.string().min(1).max(500).optional().describe('nextCursor of the page before'),
});

export type PageQuery = z.infer<typeof pageQuery>;

/** A page of items of one kind. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional().describe('Cursor of the next page; absent on the last one') });
}

export function toPageRequest({ limit, cursor }: PageQuery, most: number): PageRequest {
  return { limit: Math.min(limit, most), ...(cursor !== undefined && { cursor }) };
}

export function mapPage<T, V>({ items, nextCursor }: Page<T>, view: (item: T) => V): Page<V> {
  return { items: items.map(view), ...(nextCursor !== undefined && { nextCursor }) };
}
