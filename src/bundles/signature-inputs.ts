import { checkTensors } from '../compiler/signature.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import { signatureBatchEmpty, signatureUnknown } from '../errors/bundles.errors.js';
import type { Manifest, SignatureDescription } from './manifest.js';

/** @throws signature-unknown, which names those that exist */
export function signatureOf(manifest: Manifest, signature: string): SignatureDescription {
  const known = Object.hasOwn(manifest.signatures, signature) ? manifest.signatures[signature] : undefined;
  if (known === undefined) throw signatureUnknown(manifest.name, signature, Object.keys(manifest.signatures));
  return known;
}

/**
 * Checks a call against a signature of a manifest: known signature, every tensor's name, type and shape, at least one example.
 * @returns the batch size; undefined for a signature without a batch dimension
 * @throws signature-unknown, signature-batch-empty, tensor-missing, tensor-unknown, tensor-mismatch
 */
export function checkSignatureInputs(manifest: Manifest, signature: string, inputs: NamedHostTensors): number | undefined {
  const batch = checkTensors(signature, 'input', signatureOf(manifest, signature).inputs, inputs);
  if (batch === 0) throw signatureBatchEmpty(signature);
  return batch;
}
