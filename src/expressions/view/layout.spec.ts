import { describe, expect, it } from 'vitest';
import type { RampartError } from '../../errors/index.js';
import { LayoutQueue, type Boxes } from './layout.js';

/** Cards below each other. */
const chain = (count: number): Boxes => ({
  cards: Array.from({ length: count }, () => ({ width: 72, height: 36 })),
  arrows: Array.from({ length: count - 1 }, (_, i) => [i, i + 1]),
});

describe(LayoutQueue.name, () => {
  it('places cards of a chain below each other', async () => {
    const [layout] = await new LayoutQueue({ seconds: 20, waiting: 1 }).layOut([chain(3)]);
    const heights = layout!.centres.map(([, y]) => y);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
    expect(new Set(heights).size).toBe(3);
    expect(layout!.curves.map(({ from, to }) => [from, to])).toEqual([[0, 1], [1, 2]]);
  });

  it('gives up after its time, and goes on with the next request', async () => {
    const queue = new LayoutQueue({ seconds: 0, waiting: 1 }); // over before a thread can start
    for (let round = 0; round < 2; round++) {
      await expect(queue.layOut([chain(3), chain(5)])).rejects.toMatchObject({ code: 'graph-too-large', status: 422, message: expect.stringContaining('5 nodes; laying them out took more than 0 s') as string });
    }
    expect(await queue.layOut([])).toEqual([]);
  });

  it('refuses more than may wait, and takes the next one when there is room', async () => {
    const queue = new LayoutQueue({ seconds: 20, waiting: 1 });
    const requests = Array.from({ length: 4 }, () => queue.layOut([chain(2)]).then(() => 'drawn', (error: RampartError) => error.code));
    expect(await Promise.all(requests)).toEqual(['drawn', 'drawn', 'graph-queue-full', 'graph-queue-full']);
    expect(await queue.layOut([chain(2)])).toHaveLength(1);
  });
});
