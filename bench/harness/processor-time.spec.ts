import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { foreignShare, processTime, withLoad } from './processor-time.js';

it('weighs loads by what was available', () => {
  expect(foreignShare([{ foreign: 10, available: 100 }, { foreign: 0, available: 300 }])).toBe(0.025);
  expect(foreignShare([{ foreign: 0, available: 0 }])).toBe(0);
});

it('does not count the work of the process itself as that of others', async () => {
  const { result, load } = await withLoad(process.pid, async () => {
    await sleep(20);
    return 'done';
  });
  expect(result).toBe('done');
  expect(load.foreign).toBeGreaterThanOrEqual(0);
  expect(load.foreign).toBeLessThanOrEqual(load.available + 40); // ticks are 10 ms, of several processors
});

it.runIf(process.platform === 'linux')('reads the processor time of a process', async () => {
  const before = (await processTime(process.pid))!;
  const end = before + 50;
  let now = before;
  while (now < end) {
    for (let i = 0; i < 1e6; i++) Math.sqrt(i);
    now = (await processTime(process.pid))!;
  }
  expect(now).toBeGreaterThanOrEqual(end);
  expect(await processTime(0)).toBeUndefined();
});
