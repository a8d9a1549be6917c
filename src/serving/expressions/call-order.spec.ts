import { describe, expect, it } from 'vitest';
import { CallOrder } from './call-order.js';

describe(CallOrder.name, () => {
  it('runs calls of one key in order and those of others beside them, and refuses too long a line', async () => {
    const order = new CallOrder(2);
    const log: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const call = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await gate;
      log.push(`${name} ends`);
    };
    const calls = [order.add('a', call('a1')), order.add('a', call('a2')), order.add('a', () => Promise.reject(new Error('a3'))), order.add('b', call('b1'))];
    await expect(order.add('a', call('a4'))).rejects.toMatchObject({ code: 'expression-queue-full' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['a1 begins', 'b1 begins']);
    open();
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(log.indexOf('a2 begins')).toBeGreaterThan(log.indexOf('a1 ends'));
    await order.add('a', call('a5'));
    expect(log.at(-1)).toBe('a5 ends');
  });
});
