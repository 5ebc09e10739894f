/**
 * ONNX models as bytes. Only the messages and fields of the ONNX protobuf schema (onnx.proto, IR version 9) used here.
 */
import protobuf from 'protobufjs';

/** ONNX element types (TensorProto.DataType). */
export const ELEMENT = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11, uint32: 12 } as const;
export type ElementType = keyof typeof ELEMENT;

export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly bytes: Uint8Array;
}

export type Attribute = number | readonly number[] | { readonly float: number };

export interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const OPSET = 18;
const IR_VERSION = 9;
const ATTRIBUTE_KIND = { float: 1, int: 2, ints: 7 } as const;

const field = (id: number, type: string, rule?: 'repeated'): protobuf.IField =>
  (rule === undefined ? { id, type } : { id, type, rule });

const root = protobuf.Root.fromJSON({
  nested: {
    Operators: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    Tensor: { fields: {
      dims: field(1, 'int64', 'repeated'), dataType: field(2, 'int32'), name: field(8, 'string'),
      rawData: field(9, 'bytes')
    } },
    Attribute: { fields: {
      name: field(1, 'string'), f: field(2, 'float'), i: field(3, 'int64'), ints: field(8, 'int64', 'repeated'),
      type: field(20, 'int32')
    } },
    Node: {
      fields: {
        input: field(1, 'string', 'repeated'), output: field(2, 'string', 'repeated'), name: field(3, 'string'),
        opType: field(4, 'string'), attribute: field(5, 'Attribute', 'repeated'),
      },
    },
    Dimension: { fields: { dimValue: field(1, 'int64') } },
    Shape: { fields: { dim: field(1, 'Dimension', 'repeated') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'Shape') } },
    Type: { fields: { tensorType: field(1, 'TensorType') } },
    Info: { fields: { name: field(1, 'string'), type: field(2, 'Type') } },
    Graph: {
      fields: {
        node: field(1, 'Node', 'repeated'), name: field(2, 'string'), initializer: field(5, 'Tensor', 'repeated'),
        input: field(11, 'Info', 'repeated'), output: field(12, 'Info', 'repeated'),
      },
    },
    Model: {
      fields: {
        irVersion: field(1, 'int64'), producerName: field(2, 'string'), graph: field(7, 'Graph'),
        opsetImport: field(8, 'Operators', 'repeated')
      },
    },
  },
});
const Model = root.lookupType('Model');

const encodeAttribute = (name: string, value: Attribute): object => {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_KIND.int };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE_KIND.float };
  return { name, ints: value, type: ATTRIBUTE_KIND.ints };
};

const encodePort = ({ name, shape, type }: Port): object => ({
  name,
  type: { tensorType: { elemType: ELEMENT[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
});

/** The name of a graph's i-th node. */
export const nodeName = ({ type }: Node, i: number): string => `${type}_${i}`;

/** The bytes of an ONNX model file of one graph. */
export function encodeModel(graph: Graph): Uint8Array {
  return Model.encode({
    irVersion: IR_VERSION,
    producerName: 'jeffreys-flow',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'program',
      node: graph.nodes.map((node, i) => ({
        name: nodeName(node, i),
        opType: node.type,
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
      })),
      initializer: graph.initializers.map(
        ({ name, shape, type, bytes }) => ({ name, dims: shape, dataType: ELEMENT[type], rawData: bytes })
      ),
      input: graph.inputs.map(encodePort),
      output: graph.outputs.map(encodePort),
    },
  }).finish();
}
