/** Collects ONNX nodes and initializers, names them, and drops what no output needs. */
import type { Attribute, ElementType, Graph, Initializer, Node, Port } from './model.ts';

export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Initializer>();
  /** Outputs of nodes, and the public names that some of them get. */
  private readonly made = new Set<string>();
  private readonly publicNames = new Map<string, string>();
  private next = 0;

  constructor(readonly float: 'float32' | 'float64') {}

  /** Add a node of one output and return the output's name. */
  node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.nodeOfMany(type, inputs, 1, attributes)[0];
  }

  nodeOfMany(
    type: string, inputs: readonly string[], count: number, attributes: Readonly<Record<string, Attribute>> = {}
  ): string[] {
    const outputs = Array.from({ length: count }, () => `t${this.next++}`);
    this.nodes.push({ type, inputs, outputs, attributes });
    for (const name of outputs) this.made.add(name);
    return outputs;
  }

  /** A constant tensor; equal constants are stored once. */
  constant(
    values: readonly number[] | Float64Array | Int32Array | Uint32Array, shape: readonly number[], type: ElementType
  ): string {
    const bytes = bytesOf(values, type);
    const key = bytes.length <= 64 ? `c_${type}_${shape.join('x')}_${Array.from(values).join('_')}` : `k${this.next++}`;
    if (!this.initializers.has(key)) this.initializers.set(key, { name: key, shape, type, bytes });
    return key;
  }

  scalar(value: number, type: ElementType): string {
    return this.constant([value], [], type);
  }

  int64(values: readonly number[]): string {
    return this.constant(values, [values.length], 'int64');
  }

  finish(inputs: readonly Port[], outputs: readonly Port[]): Graph {
    const live = new Set(outputs.map(({ name }) => name));
    const nodes = this.withPublicNames().reverse().filter((node) => {
      if (!node.outputs.some((name) => live.has(name))) return false;
      for (const name of node.inputs) live.add(name);
      return true;
    }).reverse();
    return {
      nodes, initializers: [...this.initializers.values()].filter(({ name }) => live.has(name)), inputs, outputs
    };
  }

  /** Give a tensor a public name. */
  rename(tensor: string, name: string): void {
    if (this.made.has(tensor) && !this.publicNames.has(tensor)) this.publicNames.set(tensor, name);
    // An input, a constant, or a tensor with a public name already: a copy.
    else this.nodes.push({ type: 'Identity', inputs: [tensor], outputs: [name], attributes: {} });
  }

  private withPublicNames(): Node[] {
    const renamed = (name: string): string => this.publicNames.get(name) ?? name;
    return this.nodes.map(
      (node) => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) })
    );
  }
}

function bytesOf(values: readonly number[] | Float64Array | Int32Array | Uint32Array, type: ElementType): Uint8Array {
  switch (type) {
    case 'float32': return new Uint8Array(Float32Array.from(values).buffer);
    case 'float64': return new Uint8Array(Float64Array.from(values).buffer);
    case 'int32': return new Uint8Array(Int32Array.from(values).buffer);
    case 'uint32': return new Uint8Array(Uint32Array.from(values).buffer);
    case 'int64': return new Uint8Array(BigInt64Array.from(Array.from(values, (value) => BigInt(value))).buffer);
    case 'bool': return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  }
}
