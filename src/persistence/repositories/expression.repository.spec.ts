import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../../../test/support/test-database.js';
import type { Database } from '../data-source.js';
import type { ExpressionSignature } from '../entities/expression.entity.js';
import { ExpressionRepository } from './expression.repository.js';

const signature: ExpressionSignature = {
  inputs: [], shared: [{ name: 'k', type: 'int32', updated: true }], streams: [], outputs: [{ name: 'k', type: 'int32' }],
  dimensions: { names: [], mode: 'fixed', reason: 'every length is known' },
};
const source = 'shared k: int32 = 0\nupdate k = k + 1\noutput k';

let database: Database;
let expressions: ExpressionRepository;
beforeAll(async () => {
  database = await openTestDatabase();
  expressions = new ExpressionRepository(database.dataSource);
});
afterAll(() => database.close());

describe(ExpressionRepository.name, () => {
  it('stores source and signature, found by id and by name; a name is taken once', async () => {
    const { id } = await expressions.create({ name: 'counter', source, signature });
    expect(await expressions.get('counter')).toMatchObject({ id, source, signature, stateVersion: 0, stateKey: null });
    expect((await expressions.get(id)).name).toBe('counter');
    await expect(expressions.create({ name: 'counter', source, signature })).rejects.toMatchObject({ code: 'name-taken' });
    await expect(expressions.refuseTaken('counter')).rejects.toMatchObject({ code: 'name-taken' });
    expect((await expressions.list({ limit: 10 })).items.map((item) => item.id)).toContain(id);
  });

  it('lets exactly one of several calls follow a version', async () => {
    const { id } = await expressions.create({ name: randomUUID(), source, signature });
    const won = await Promise.all(['a', 'b', 'c'].map((key) => expressions.advance(id, 0, key)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await expressions.get(id)).toMatchObject({ stateVersion: 1, stateKey: ['a', 'b', 'c'][won.indexOf(true)] });
    expect(await expressions.advance(id, 1, 'd')).toBe(true);
  });

  it('deletes once', async () => {
    const { id } = await expressions.create({ name: 'gone', source, signature });
    expect((await expressions.delete('gone')).id).toBe(id);
    await expect(expressions.delete(id)).rejects.toMatchObject({ code: 'expression-not-found' });
    expect(await expressions.advance(id, 0, 'late')).toBe(false);
  });
});
