import { defineError } from './define.js';

export const nameClash = defineError('signature-name-clash', 422, 'Two tensors of a program share a name', (program: string, name: string) =>
  `${program}: '${name}' names more than one input, state tensor or output; a stored program needs different names.`);

export const missingConstant = defineError('missing-weights', 422, 'Weights missing', (program: string, name: string) =>
  `${program}: no values were given for the weight tensor '${name}'.`);

export const modelUnreadable = defineError('onnx-model-unreadable', 422, 'ONNX model cannot be loaded', (reason: string) =>
  `ONNX Runtime refused the model: ${reason}`);

export const engineDeviceUnsupported = defineError('engine-device-unsupported', 422, 'Engine does not compute on this device', (engine: string, device: string, accepted: readonly string[]) =>
  `The engine '${engine}' does not compute on '${device}'; accepted is ${accepted.join(' or ')}.`);

export const tensorflowUnavailable = defineError('engine-unavailable', 503, 'Engine not available on this host', (reason: string) =>
  `The engine 'tensorflow' needs the package @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu 4.22.0 with its native addon: ${reason}. ` +
  'docs/engines.md says how to install them, and how to build the addon where its download is blocked.');

export const deviceUnavailable = defineError('device-unavailable', 503, 'Device not available on this host', (device: string, reason: string, needs: string) =>
  `ONNX Runtime cannot compute on '${device}' here: ${reason}. ${needs}`);
