import protobuf from 'protobufjs/light.js';

/** `TensorProto.DataType` numbers that Rampart writes. */
export const onnxTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** `AttributeProto.AttributeType` numbers that Rampart writes. */
const attributeTypes = { f: 1, i: 2, s: 3, g: 5, ints: 7 } as const;

export type OnnxAttribute =
  | { readonly f: number } | { readonly i: number } | { readonly s: string } | { readonly ints: readonly number[] }
  | { readonly g: OnnxGraph };
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
  /** Absent for standard operators. */
  readonly domain?: OnnxDomain;
}

/** Operators of ONNX Runtime itself: convolutions on blocked images. */
export type OnnxDomain = 'com.microsoft.nchwc';

/** A named constant: its bytes are in the model (`raw`), or in a file beside it (`external`). */
export interface OnnxInitialiser {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly content: { readonly raw: Uint8Array } | { readonly external: ExternalRange };
}

/** Bytes of a file whose path is relative to the model's folder. */
export interface ExternalRange {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  /** A number is a fixed length, a string names a length known at run time. */
  readonly dims: readonly (number | string)[];
}

/** A model, or the body of a loop: a body also sees the values of the graph around it, by name. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxInitialiser[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** IR version 8 with operator set 18: the oldest pair in which every reduction takes its axes as an input. */
const irVersion = 8;
const operatorSet = 18;

const field = (id: number, type: string): { id: number; type: string } => ({ id, type });
const repeated = (id: number, type: string): { id: number; type: string; rule: string } => ({ id, type, rule: 'repeated' });

/** The part of onnx.proto that Rampart writes, with the field numbers of that file. */
const messages = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'), producerName: field(2, 'string'), graph: field(7, 'GraphProto'),
        opsetImport: repeated(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: repeated(1, 'NodeProto'), name: field(2, 'string'), initializer: repeated(5, 'TensorProto'),
        input: repeated(11, 'ValueInfoProto'), output: repeated(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: repeated(1, 'string'), output: repeated(2, 'string'), name: field(3, 'string'), opType: field(4, 'string'),
        attribute: repeated(5, 'AttributeProto'), domain: field(7, 'string'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'), f: field(2, 'float'), i: field(3, 'int64'), s: field(4, 'bytes'), g: field(6, 'GraphProto'),
        ints: repeated(8, 'int64'), type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated(1, 'int64'), dataType: field(2, 'int32'), name: field(8, 'string'), rawData: field(9, 'bytes'),
        externalData: repeated(13, 'StringStringEntryProto'), dataLocation: field(14, 'int32'),
      },
    },
    StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorTypeProto') } },
    TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: repeated(1, 'DimensionProto') } },
    DimensionProto: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
});
const modelProto = messages.lookupType('ModelProto');
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Serialises a model as an ONNX file. */
export function encodeModel(model: OnnxGraph): Uint8Array {
  return modelProto
    .encode({
      irVersion,
      producerName: 'rampart',
      opsetImport: [{ domain: '', version: operatorSet }, ...foreignDomains(model)],
      graph: graphMessage(model),
    })
    .finish();
}

/** Operator domains of a graph and of the bodies in it, apart from the standard one. */
function domainsOf({ nodes }: OnnxGraph): string[] {
  const bodies = nodes.flatMap(({ attributes }) => Object.values(attributes)).flatMap((value) => ('g' in value ? [value.g] : []));
  return [...new Set([...nodes.flatMap(({ domain }) => domain ?? []), ...bodies.flatMap(domainsOf)])];
}

const foreignDomains = (model: OnnxGraph): object[] => domainsOf(model).map((domain) => ({ domain, version: 1 }));

function graphMessage({ name, nodes, initialisers, inputs, outputs }: OnnxGraph): object {
  return {
    name,
    node: nodes.map(nodeMessage),
    initializer: initialisers.map(tensorMessage),
    input: inputs.map(valueMessage),
    output: outputs.map(valueMessage),
  };
}

function nodeMessage(node: OnnxNode): object {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.outputs[0],
    opType: node.opType,
    ...(node.domain ? { domain: node.domain } : {}),
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeMessage(name, value)),
  };
}

function attributeMessage(name: string, value: OnnxAttribute): object {
  if ('f' in value) return { name, type: attributeTypes.f, f: value.f };
  if ('i' in value) return { name, type: attributeTypes.i, i: value.i };
  if ('s' in value) return { name, type: attributeTypes.s, s: bytesOf(value.s) };
  if ('g' in value) return { name, type: attributeTypes.g, g: graphMessage(value.g) };
  return { name, type: attributeTypes.ints, ints: value.ints };
}

function tensorMessage({ name, type, dims, content }: OnnxInitialiser): object {
  const header = { name, dims, dataType: onnxTypes[type] };
  if ('raw' in content) return { ...header, rawData: content.raw };
  const { file, offset, length } = content.external;
  const entries = { location: file, offset: String(offset), length: String(length) };
  return { ...header, dataLocation: 1, externalData: Object.entries(entries).map(([key, value]) => ({ key, value })) };
}

function valueMessage({ name, type, dims }: OnnxValueInfo): object {
  const dim = dims.map((length) => (typeof length === 'number' ? { dimValue: length } : { dimParam: length }));
  return { name, type: { tensorType: { elemType: onnxTypes[type], shape: { dim } } } };
}
