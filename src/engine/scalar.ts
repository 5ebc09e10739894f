/**
 * The `scalar` executor: a program of one point as straight-line float64 JavaScript, looped over a batch. It evaluates
 * energies wherever the `simd` executor cannot, and stands by it in the tests.
 */
import { compileFunction } from 'node:vm';
import { power } from '../numerics/power.ts';
import { erf, erfc } from '../numerics/special.ts';
import type { Program } from './program.ts';
import type { ScalarNode, ScalarOp, ScalarProgram } from './scalarProgram.ts';
import { unroll } from './unroll.ts';

/** A loop over `n` points: inputs and outputs are arrays of [n, size of one point's value]. */
export type ScalarLoop = (n: number, inputs: readonly Float64Array[], outputs: readonly Float64Array[]) => void;

const INFIX: Readonly<Partial<Record<ScalarOp, string>>> = { add: '+', sub: '-', mul: '*', div: '/', mod: '%' };
const COMPARE: Readonly<Partial<Record<ScalarOp, string>>> =
  { less: '<', lessEqual: '<=', equal: '===', notEqual: '!==' };

const literal = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? 'Infinity' : value === -Infinity ? '-Infinity' : value < 0
    || Object.is(value, -0) ? `(${value === 0 ? '-0' : value})` : `${value}`;

const operand = (nodes: readonly ScalarNode[], k: number): string => {
  const { value } = nodes[k];
  return value === undefined ? `v${k}` : literal(value);
};

function expression({ op, kind, operands, input, entry }: ScalarNode, nodes: readonly ScalarNode[]): string {
  const names = operands.map((k) => operand(nodes, k));
  const [a, b, c] = names;
  const compare = COMPARE[op];
  if (compare !== undefined) return `(${a} ${compare} ${b} ? 1 : 0)`;
  if (kind === 'int32' && op === 'mul') return `imul(${a}, ${b})`;
  const infix = INFIX[op];
  if (infix !== undefined) return kind === 'int32' ? `(${a} ${infix} ${b}) | 0`
    : kind === 'uint32' ? `(${a} ${infix} ${b}) >>> 0` : `${a} ${infix} ${b}`;
  switch (op) {
    case 'input': return `in${input}[p${input} + ${entry}]`;
    case 'neg': return `-${a}`;
    case 'reciprocal': return `1 / ${a}`;
    case 'sigmoid': return `1 / (1 + exp(-${a}))`;
    case 'and': return `${a} & ${b}`;
    case 'or': return `${a} | ${b}`;
    case 'select': return `(${a} ? ${b} : ${c})`;
    case 'toFloat': return a;
    case 'toInt': return kind === 'uint32' ? `${a} >>> 0` : `${a} | 0`;
    case 'toBool': return `(${a} !== 0 ? 1 : 0)`;
    default: return `${op}(${names.join(', ')})`;
  }
}

/** Compile the operations of one point into a loop over points. */
export function scalarLoop({ inputs, nodes, outputs }: ScalarProgram): ScalarLoop {
  const body = [
    '"use strict";',
    'const { sin, cos, asin, atan, exp, log, sqrt, floor, ceil, min, max, abs, imul, trunc } = Math;',
    'const idiv = (a, b) => trunc(a / b);',
    ...inputs.map((_, k) => `const in${k} = inputs[${k}];`),
    ...outputs.map((_, k) => `const out${k} = outputs[${k}];`),
    'for (let i = 0; i < n; i++) {',
    ...inputs.map(({ size }, k) => `const p${k} = i * ${size};`),
    ...nodes.flatMap((node, k) => (node.op === 'constant' ? [] : [`const v${k} = ${expression(node, nodes)};`])),
    ...outputs.flatMap(
      (entries, k) => entries.map((entry, j) => `out${k}[i * ${entries.length} + ${j}] = ${operand(nodes, entry)};`)
    ),
    '}',
  ].join('\n');
  const loop = compileFunction(body, ['n', 'inputs', 'outputs', 'erf', 'erfc', 'pow']) as
    (n: number, inputs: readonly Float64Array[], outputs: readonly Float64Array[], ...special: unknown[]) => void;
  return (n, arrays, results) => loop(n, arrays, results, erf, erfc, power);
}

/**
 * Compile a program of one point into a loop over points. @throws InputError when it is too large or needs computed
 * indices
 */
export const compileScalar = (program: Program): ScalarLoop => scalarLoop(unroll(program));
