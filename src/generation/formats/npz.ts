import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import { zipOf } from './zip.js';

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** The data begins at a multiple of this. */
const ALIGNMENT = 64;
const DESCRIPTIONS = { float32: '<f4', int32: '<i4', bool: '|b1' } as const;

/**
 * A tensor in NumPy's format NPY 1.0: magic, header length (uint16), a Python dictionary padded with spaces, then the values,
 * row-major and little-endian.
 */
export function encodeNpy({ dtype, shape, data }: HostTensor): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const unpadded = MAGIC.length + 2 + dictionary.length + 1;
  const header = Buffer.from(`${dictionary}${' '.repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT)}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([MAGIC, length, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Arrays by name as `numpy.load` reads them. */
export function encodeNpz(arrays: NamedHostTensors): Promise<Buffer> {
  return zipOf(Object.entries(arrays).map(([name, tensor]) => ({ name: `${name}.npy`, bytes: encodeNpy(tensor) })));
}
