import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { cleanEnvironment } from './peer-process.js';
import { readTensors, writeTensors } from './protocol.js';

it('carries tensors through a file, whatever lies before them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const tensors: NamedHostTensors = {
    flags: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
    x: { dtype: 'float32', shape: [2, 2], data: new Float32Array([0, 1, 2, 3, 4, 5]).subarray(1, 5) },
    y: { dtype: 'int32', shape: [], data: Int32Array.of(-7) },
  };
  try {
    expect(await readTensors(await writeTensors(join(folder, 'tensors'), tensors))).toEqual(tensors);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('starts peers without the tuning of the shell', () => {
  expect(cleanEnvironment({ OPENBLAS_CORETYPE: 'Haswell', OMP_NUM_THREADS: '1', KMP_BLOCKTIME: '0', MKL_CBWR: 'x', PATH: '/bin', HOME: '/root' })).toEqual({ PATH: '/bin', HOME: '/root' });
});
