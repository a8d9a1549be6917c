import type { Manifest } from '../../bundles/manifest.js';
import type { Model } from '../../bundles/model.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';

const batchOf = (length: number): { dtype: 'float32'; shape: number[] } => ({ dtype: 'float32', shape: [-1, length] });

/** A manifest with `predict`: x [N, 2] -> double [N, 2], sum [N]; and `mean`, whose result depends on the whole batch. */
export function fakeManifest(): Manifest {
  return {
    formatVersion: 1,
    name: 'fake',
    task: 'classification',
    input: { shape: [2], bounds: [0, 1], layout: 'features' },
    classes: ['only'],
    network: {},
    metrics: {},
    parameterCount: 0,
    signatures: {
      predict: { file: 'predict.onnx', inputs: { x: batchOf(2) }, outputs: { double: batchOf(2), sum: { dtype: 'float32', shape: [-1] } } },
      mean: { file: 'mean.onnx', inputs: { x: batchOf(2) }, outputs: { mean: { dtype: 'float32', shape: [] } } },
    },
    parts: [],
    software: { rampart: '0.0.0', engine: 'fake' },
    createdAt: '2026-01-01T00:00:00Z',
  };
}

/** Computes `predict` and `mean` in plain code, one call at a time like a session; `executions` holds the rows of each call. */
export class FakeModel implements Model {
  readonly manifest = fakeManifest();
  readonly executions: number[] = [];
  private last: Promise<unknown> = Promise.resolve();

  /** @param gate awaited before each execution; @param poison a value of x that makes an execution fail. */
  constructor(
    private readonly gate: () => Promise<void> = () => Promise.resolve(),
    private readonly poison?: number,
  ) {}

  run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    const result = this.last.then(() => this.compute(signature, inputs));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async compute(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    await this.gate();
    const x = inputs['x']!.data as Float32Array;
    const rows = x.length / 2;
    this.executions.push(rows);
    if (this.poison !== undefined && x.includes(this.poison)) throw new Error('poisoned');
    if (signature === 'mean') return { mean: { dtype: 'float32', shape: [], data: Float32Array.of(x.reduce((a, b) => a + b, 0) / x.length) } };
    return {
      double: { dtype: 'float32', shape: [rows, 2], data: x.map((value) => 2 * value) },
      sum: { dtype: 'float32', shape: [rows], data: Float32Array.from({ length: rows }, (_, i) => x[2 * i]! + x[2 * i + 1]!) },
    };
  }
}
