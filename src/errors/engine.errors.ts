import { defineError } from './define.js';

export const nameClash = defineError('signature-name-clash', 422, 'Two tensors of a program share a name', (program: string, name: string) =>
  `${program}: '${name}' names more than one input, state tensor or output; a stored program needs different names.`);

export const missingConstant = defineError('missing-weights', 422, 'Weights missing', (program: string, name: string) =>
  `${program}: no values were given for the weight tensor '${name}'.`);

export const modelUnreadable = defineError('onnx-model-unreadable', 422, 'ONNX model cannot be loaded', (reason: string) =>
  `ONNX Runtime refused the model: ${reason}`);
