import { createRequire } from 'node:module';
import { onnxRuntime } from '../compiler/onnxruntime/library.js';
import { PACKAGE } from '../modules/openapi/package.js';
import type { SoftwareVersions } from '../persistence/entities/worker.entity.js';

const require = createRequire(import.meta.url);

/** Versions of what runs here. TensorFlow.js is not loaded for it: that takes a fifth of a second. */
export function softwareVersions(): SoftwareVersions {
  const { version } = require('@tensorflow/tfjs-core/package.json') as { version: string };
  return { rampart: PACKAGE.version, node: process.versions.node, onnxruntime: onnxRuntime().version, tensorflowjs: version };
}

/** Versions that a report names: those of what computed it. */
export function reportedSoftware(): Record<'rampart' | 'node' | 'onnxruntime', string> {
  const { rampart, node, onnxruntime } = softwareVersions();
  return { rampart, node, onnxruntime };
}
