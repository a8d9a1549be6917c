import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { inputLeaf, node as build } from '../graph/build.js';
import type { Graph, Node } from '../graph/graph.js';
import { lowerToOnnx } from '../lower/index.js';
import type { Shape } from '../tensors.js';
import { onnxRuntime } from './library.js';
import { NativeSession } from './native-session.js';
import { emptyTensor, NativeTensor } from './native-tensor.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** y = x + x, and the number of the largest of x along the last axis */
function model(shape: Shape): Uint8Array {
  const x = inputLeaf('x', { dtype: 'float32', shape });
  const outputs: Record<string, Node> = { y: build('add', [x, x], {}), best: build('argMax', [x], { axis: shape.length - 1 }) };
  const graph: Graph = { name: 'twice', inputs: [x], state: [], outputs, updates: {} };
  return lowerToOnnx(graph);
}

const floatsOf = (shape: number[], ...data: number[]): NativeTensor => new NativeTensor({ dtype: 'float32', shape, data: Float32Array.from(data) });

describe('native sessions', () => {
  it('tell what they take and give', async () => {
    const session = await NativeSession.create(model([-1, 3]), { threads: 1 });
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 3] }]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['batch', 3] }, { name: 'best', dtype: 'int32', shape: ['batch'] }]);
    session.release();
    session.release(); // once more does nothing
    expect(onnxRuntime().version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('write to memory that is given, and return the rest in fresh memory', async () => {
    const session = await NativeSession.create(model([2, 3]), { threads: 1 });
    const y = emptyTensor('float32', [2, 3]);
    const [given, best] = session.run([floatsOf([2, 3], 1, 2, 3, 6, 5, 4)], [new NativeTensor(y), undefined]);
    expect(given).toBeUndefined();
    expect(Array.from(y.data)).toEqual([2, 4, 6, 12, 10, 8]);
    expect(best).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(2, 0) });
    session.release();
  });

  it('run on another thread meanwhile', async () => {
    const session = await NativeSession.create(model([-1, 3]), { threads: 1 });
    const runs = [1, 2, 3].map((rows) => session.runInBackground([floatsOf([rows, 3], ...Array<number>(3 * rows).fill(rows))], [undefined, undefined]));
    const results = await Promise.all(runs);
    expect(results.map(([y]) => [y!.shape, y!.data[0]])).toEqual([[[1, 3], 2], [[2, 3], 4], [[3, 3], 6]]);
    session.release();
  });

  it('give results without elements', async () => {
    const session = await NativeSession.create(model([-1, 3]), { threads: 1 });
    const [y] = session.run([floatsOf([0, 3])], [undefined, undefined]);
    expect(y).toEqual({ dtype: 'float32', shape: [0, 3], data: new Float32Array(0) });
    session.release();
  });

  it('survive a garbage collection at any time', async () => {
    for (let i = 0; i < 40; i++) {
      const session = await NativeSession.create(model([-1, 2]), { threads: 1 });
      collectGarbage();
      const y = emptyTensor('float32', [1, 2]);
      const input = floatsOf([1, 2], i, -i);
      const output = new NativeTensor(y);
      collectGarbage();
      const pending = session.runInBackground([input], [output, undefined]);
      collectGarbage();
      const [, best] = await pending;
      expect(Array.from(y.data)).toEqual([2 * i, -2 * i]);
      expect(best!.data[0]).toBe(0);
      session.release();
    }
  });

  it('refuse bytes that are no model, and inputs that do not fit, with ONNX Runtime\'s words', async () => {
    await expect(NativeSession.create(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'onnx-model-unreadable', message: expect.stringMatching(/ONNX Runtime refused the model: .+/) as string });
    await expect(NativeSession.create('/no/such/model.onnx')).rejects.toMatchObject({ code: 'onnx-model-unreadable' });
    const session = await NativeSession.create(model([-1, 3]), { threads: 1 });
    expect(() => session.run([floatsOf([1, 2], 1, 2)], [undefined, undefined])).toThrow(/Got invalid dimensions/);
    session.release();
  });
});
