/** Elementwise primitives on plain numbers: constant folding, and the meaning that executors are tested against. */
import { erf, erfc } from '../numerics/special.ts';
import type { Dtype, Parameters, Primitive } from './program.ts';

const compare = (op: string | undefined, a: number, b: number): boolean => {
  switch (op) {
    case 'less': return a < b;
    case 'less_equal': return a <= b;
    case 'equal': return a === b;
    case 'not_equal': return a !== b;
    default: throw new Error(`fold: unknown comparison ${op}`);
  }
};

const bounded = (value: number, dtype: Dtype): number => {
  switch (dtype) {
    case 'float': return value;
    case 'int32': return Math.trunc(value) | 0;
    case 'uint32': return Math.trunc(value) >>> 0;
    case 'bool': return value !== 0 ? 1 : 0;
  }
};

/** The value of an elementwise primitive, or undefined for any other primitive. Booleans are 0 and 1. */
export function foldElementwise(
  primitive: Primitive, [a, b, c]: readonly number[], parameters: Parameters, dtype: Dtype
): number | undefined {
  switch (primitive) {
    case 'add': return bounded(a + b, dtype);
    case 'sub': return bounded(a - b, dtype);
    case 'mul': return dtype === 'int32' || dtype === 'uint32' ? bounded(Math.imul(a, b), dtype)
      : bounded(a * b, dtype);
    case 'div': return a / b;
    case 'idiv': return Math.trunc(a / b);
    case 'mod': return a % b;
    case 'min': return Math.min(a, b);
    case 'max': return Math.max(a, b);
    case 'neg': return -a;
    case 'reciprocal': return 1 / a;
    case 'floor': return Math.floor(a);
    case 'ceil': return Math.ceil(a);
    case 'sin': return Math.sin(a);
    case 'cos': return Math.cos(a);
    case 'asin': return Math.asin(a);
    case 'atan': return Math.atan(a);
    case 'exp': return Math.exp(a);
    case 'log': return Math.log(a);
    case 'erf': return erf(a);
    case 'erfc': return erfc(a);
    case 'sqrt': return Math.sqrt(a);
    case 'sigmoid': return 1 / (1 + Math.exp(-a));
    case 'compare': return compare(parameters.op, a, b) ? 1 : 0;
    case 'where': return a !== 0 ? b : c;
    case 'cast': return bounded(a, dtype);
    case 'reduce': case 'dot': case 'concatenate': case 'split': case 'gather': case 'transpose': case 'broadcast':
    case 'reshape': case 'flip': case 'shrink': case 'pad': return undefined;
  }
}
