/**
 * int32 numbers carried in float lanes. They are exact below 2^24 in float32 and 2^53 in float64; intervals known
 * before anything runs say where that holds, and where a result must be wrapped to 32 bits.
 */
import type { ScalarNode, ScalarProgram } from '../scalarProgram.ts';
import type { Lanes } from '../wasm/lanes.ts';
import { UnsupportedPrimitive } from './unsupported.ts';

interface Interval {
  readonly low: number;
  readonly high: number;
}

const INT32: Interval = { low: -(2 ** 31), high: 2 ** 31 - 1 };

const hull = (...values: readonly number[]): Interval => ({ low: Math.min(...values), high: Math.max(...values) });

function before(
  { op, value, operands }: ScalarNode, nodes: readonly ScalarNode[], known: readonly Interval[]
): Interval {
  const [a, b, c] = operands.map((k) => known[k]);
  switch (op) {
    case 'constant': return hull(value ?? 0);
    case 'toInt': return nodes[operands[0]].kind === 'bool' ? { low: 0, high: 1 } : INT32;
    case 'add': return { low: a.low + b.low, high: a.high + b.high };
    case 'sub': return { low: a.low - b.high, high: a.high - b.low };
    case 'mul': return hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high);
    case 'neg': return { low: -a.high, high: -a.low };
    case 'abs': case 'idiv': return hull(a.low, a.high, -a.low, -a.high, 0);
    case 'min': return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
    case 'max': return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
    case 'mod': {
      const most = Math.min(Math.max(-a.low, a.high), Math.max(-b.low, b.high));
      return { low: a.low < 0 ? -most : 0, high: a.high > 0 ? most : 0 };
    }
    case 'select': return { low: Math.min(b.low, c.low), high: Math.max(b.high, c.high) };
    default: return INT32;
  }
}

/**
 * Which int32 nodes can leave the range of int32 and must be wrapped.
 * @throws UnsupportedPrimitive where a lane cannot hold all values exactly
 */
export function overflows({ nodes }: ScalarProgram, { precision }: Lanes): boolean[] {
  const exact = precision === 'float64' ? 2 ** 53 : 2 ** 24;
  const known: Interval[] = [];
  return nodes.map((node, k) => {
    known[k] = { low: 0, high: 1 };
    if (node.kind !== 'int32') return false;
    const interval = before(node, nodes, known);
    if (interval.low < -exact || interval.high > exact)
      throw new UnsupportedPrimitive(node.op === 'toInt' ? 'cast' : node.op, `for int32 in ${precision}`);
    const wraps = interval.low < INT32.low || interval.high > INT32.high;
    known[k] = wraps ? INT32 : interval;
    return wraps;
  });
}
