import type { Manifest } from '../../src/bundles/manifest.js';
import type { Model } from '../../src/bundles/model.js';
import type { FamilyEntry } from '../../src/compiler/program.js';
import { classifierPrograms, type Network } from '../../src/networks/index.js';
import type { RunEntry } from './workload.js';

/** `predict` and `lossGradient` of a network for a fixed batch: nothing is traced twice. */
export function signaturesAt(network: Network, batch: number): { predict: FamilyEntry; lossGradient: FamilyEntry } {
  const atBatch = ({ program, inputs }: FamilyEntry): FamilyEntry => ({
    program,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape: shape.map((length) => (length === -1 ? batch : length)) }])),
  });
  const { predict, lossGradient } = classifierPrograms(network);
  return { predict: atBatch(predict), lossGradient: atBatch(lossGradient) };
}

/** A network under training as attacks see a stored model: its signatures, and a manifest with nothing stored. */
export function modelOver(network: Network, run: RunEntry): Model {
  const manifest: Manifest = {
    formatVersion: 1, name: 'bench', task: 'classification', input: { shape: [...network.inputShape], bounds: [0, 1], layout: 'NHWC' },
    classes: Array.from({ length: network.classCount }, (_, c) => `${c}`), network: {}, metrics: {}, parameterCount: 0, parts: [],
    signatures: { predict: { file: '', inputs: {}, outputs: {} }, lossGradient: { file: '', inputs: {}, outputs: {} } },
    software: { rampart: 'bench', engine: 'onnx' }, createdAt: new Date().toISOString(),
  };
  return { manifest, run };
}
