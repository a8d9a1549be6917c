import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileFixture } from '../../test/fixtures/compile-fixture.js';
import { loadSettings } from '../config/settings.js';
import { computeTrial } from './compute/trial.js';
import { findEngine, type EngineInUse } from './engine-in-use.js';

let folder: string;
let entry: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-engine-'));
  entry = compileFixture('fake-compute', folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const find = (engine: string, device = 'auto'): Promise<EngineInUse> => findEngine(loadSettings({ RAMPART_ENGINE: engine, RAMPART_DEVICE: device }), entry);

describe('the engine of a worker', () => {
  it('is what a trial in a compute process found, or onnx on the CPU without one', async () => {
    expect(await find('cpu')).toEqual({ name: 'cpu', device: 'cpu' });
    expect(await findEngine(loadSettings({}), '/no/such/module')).toEqual({ name: 'onnx', device: 'cpu' });
  });

  it('is refused with the reason of the process, or its end', async () => {
    await expect(find('wasm')).rejects.toMatchObject({
      code: 'engine-not-usable', message: 'RAMPART_ENGINE=wasm with RAMPART_DEVICE=auto does not work on this machine: It is not here.',
    });
    await expect(find('tensorflow', 'cpu')).rejects.toThrow(/RAMPART_DEVICE=cpu .* ended with signal SIGKILL\. about to die/);
  });

  it.each(['onnx', 'wasm', 'cpu'] as const)('%s passes the trial', async (engine) => {
    expect(await computeTrial({ kind: 'trial', engine })).toEqual({ kind: 'trial', engine: { name: engine, device: 'cpu' } });
  });

  it('must compute on the device', () => {
    expect(() => loadSettings({ RAMPART_ENGINE: 'wasm', RAMPART_DEVICE: 'cuda' })).toThrow('RAMPART_DEVICE=cuda: the engine wasm computes on cpu');
    expect(() => loadSettings({ RAMPART_ENGINE: 'tpu', RAMPART_DEVICE: 'cuda' })).toThrow(/RAMPART_ENGINE=tpu: expected one of onnx, tensorflow, wasm, cpu/);
  });
});
