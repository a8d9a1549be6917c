import { fileURLToPath } from 'node:url';
import type { Device, EngineName } from '../compiler/engine.options.js';
import type { Settings } from '../config/settings.js';
import { ENGINE_NOT_USABLE } from '../errors/jobs.errors.js';
import { ForkedProcess } from '../processes/forked-process.js';
import type { MessageFromCompute, MessageToCompute } from './compute/protocol.js';

/** The engine of a worker, as it was found to work. */
export interface EngineInUse {
  readonly name: EngineName;
  readonly device: Device;
  /** Version of the TensorFlow library behind the engine `tensorflow`. */
  readonly tensorflow?: string;
}

type EngineSettings = Pick<Settings, 'engine' | 'device' | 'computeHeapMegabytes'>;

/** Module that compute processes run. */
export const computeEntry = (): string => fileURLToPath(new URL('./compute/entry.js', import.meta.url));

/**
 * Finds out that jobs can be computed as the settings ask: a compute process runs a small program on the engine. `onnx` on the
 * CPU, which is always there, is not tried, so that the usual start waits for nothing.
 * @throws engine-not-usable
 */
export async function findEngine({ engine, device, computeHeapMegabytes }: EngineSettings, entry = computeEntry()): Promise<EngineInUse> {
  if (engine === 'onnx' && (device === 'auto' || device === 'cpu')) return { name: 'onnx', device: 'cpu' };
  let last: MessageFromCompute | undefined;
  const trial = new ForkedProcess<MessageToCompute, MessageFromCompute>(entry, { heapMegabytes: computeHeapMegabytes, onMessage: (message) => (last = message) });
  trial.send({ type: 'start', computation: { kind: 'trial', engine, ...(device !== 'auto' && { device }) } });
  const { cause, lastLines } = await trial.ended;
  if (last?.type === 'finished' && last.result.kind === 'trial') return last.result.engine;
  throw ENGINE_NOT_USABLE(engine, device, last?.type === 'failed' ? last.detail : `the compute process ended with ${cause}. ${lastLines}`.trim());
}
