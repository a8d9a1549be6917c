import { defineError } from './define.js';

export const safetensorsTruncated = defineError(
  'safetensors-truncated',
  422,
  'Safetensors file is cut off',
  (needed: number, bytes: number) => `The file has ${bytes} bytes but its header speaks of ${needed}; send the whole file.`,
);

export const safetensorsHeaderTooLarge = defineError(
  'safetensors-header-too-large',
  422,
  'Safetensors header is too large',
  (bytes: string, limit: number) => `The header claims ${bytes} bytes; up to ${limit} are accepted.`,
);

export const safetensorsHeaderInvalid = defineError(
  'safetensors-header-invalid',
  422,
  'Safetensors header is not valid',
  (reason: string) =>
    `${reason}. Accepted is a JSON object {"name": {"dtype", "shape", "data_offsets"}, ...} with an optional "__metadata__" object of strings.`,
);

export const safetensorsDuplicateName = defineError(
  'safetensors-duplicate-name',
  422,
  'Safetensors header names something twice',
  (name: string) => `The header has the key "${name}" twice; every key must be unique.`,
);

export const safetensorsDtypeUnsupported = defineError(
  'safetensors-dtype-unsupported',
  422,
  'Element type is not supported',
  (name: string, dtype: string) => `Tensor "${name}" has element type ${dtype}; accepted are F32, I32 and BOOL.`,
);

export const safetensorsOffsetsInvalid = defineError(
  'safetensors-offsets-invalid',
  422,
  'Safetensors offsets are not valid',
  (name: string, reason: string) =>
    `Tensor "${name}": ${reason}. Tensors must cover the data section exactly: no gap, no overlap, nothing beyond its end.`,
);

export const safetensorsValueInvalid = defineError(
  'safetensors-value-invalid',
  422,
  'BOOL tensor holds other values than 0 and 1',
  (name: string, value: number) => `Tensor "${name}" of type BOOL holds the byte ${value}; accepted are 0 and 1.`,
);

export const bundleManifestInvalid = defineError(
  'bundle-manifest-invalid',
  422,
  'Model manifest is not valid',
  (reason: string) => `manifest.json: ${reason}`,
);

export const bundlePartMissing = defineError(
  'bundle-part-missing',
  422,
  'Part of a model is missing',
  (file: string) => `The manifest names the part "${file}", which is not in the bundle.`,
);

export const bundlePartDamaged = defineError(
  'bundle-part-damaged',
  422,
  'Part of a model is damaged',
  (file: string, found: string, expected: string) => `"${file}" has ${found}; its manifest says ${expected}.`,
);

export const signatureUnknown = defineError(
  'signature-unknown',
  422,
  'Unknown signature',
  (model: string, signature: string, known: readonly string[]) =>
    `Model "${model}" has no signature "${signature}"; its signatures are ${known.join(', ')}.`,
);

export const signatureBatchEmpty = defineError(
  'signature-batch-empty',
  422,
  'The batch is empty',
  (signature: string) => `"${signature}" was called with no example; at least one is needed.`,
);

export const bundleSelfCheckFailed = defineError(
  'bundle-self-check-failed',
  500,
  'Stored model does not compute what was trained',
  (signature: string, output: string, found: string, accepted: string) =>
    `Signature "${signature}", output "${output}": ${found}; accepted is ${accepted}. The model was not stored.`,
);
