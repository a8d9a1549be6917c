import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import { INVALID_CURSOR } from '../errors/persistence.errors.js';

export interface PageRequest {
  /** Most rows on the page. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: T[];
  /** Opaque; absent on the last page. */
  readonly nextCursor?: string;
}

const positionSchema = z.tuple([z.iso.datetime({ precision: 3 }), z.uuid()]);

function decodeCursor(cursor: string): z.infer<typeof positionSchema> {
  try {
    return positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw INVALID_CURSOR(cursor);
  }
}

/**
 * A page of `query` (whose rows have createdAt and id), newest first. The cursor is the position of the last row, so rows
 * that come or go meanwhile neither repeat nor skip others.
 * @throws invalid-cursor
 */
export async function pageNewestFirst<T extends ObjectLiteral & { id: string; createdAt: Date }>(
  query: SelectQueryBuilder<T>,
  { limit, cursor }: PageRequest,
): Promise<Page<T>> {
  const alias = query.alias;
  if (cursor !== undefined) {
    const [createdAt, id] = decodeCursor(cursor);
    query.andWhere(`(${alias}.createdAt, ${alias}.id) < (:cursorAt::timestamptz, :cursorId::uuid)`, { cursorAt: createdAt, cursorId: id });
  }
  const rows = await query.orderBy(`${alias}.createdAt`, 'DESC').addOrderBy(`${alias}.id`, 'DESC').limit(limit + 1).getMany();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, nextCursor: Buffer.from(JSON.stringify([last.createdAt.toISOString(), last.id])).toString('base64url') };
}
