import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erf, erfc } from '../../../src/numerics/special.ts';
import type { Dtype } from '../../../src/engine/program.ts';
import type { Precision } from '../../../src/engine/executor.ts';
import { ScalarBuilder } from '../../../src/engine/scalarBuilder.ts';
import type { ScalarOp } from '../../../src/engine/scalarProgram.ts';
import { CannotVectorise, UnsupportedPrimitive } from '../../../src/engine/simd/unsupported.ts';
import { lanesOf } from '../../../src/engine/wasm/lanes.ts';
import { oneOperation, runRows, type Wrong } from './programHarness.ts';

interface Operation {
  readonly kinds: readonly Dtype[];
  readonly kind: Dtype;
  readonly truth: (...x: number[]) => number;
  /** Allowed error in units of the last place; 0 means equal. */
  readonly ulps: number;
}

const float = (truth: (...x: number[]) => number, ulps = 0): Operation => ({ kinds: Array<Dtype>(Math.max(1, truth.length)).fill('float'), kind: 'float', truth, ulps });
const compare = (truth: (a: number, b: number) => boolean): Operation => ({ kinds: ['float', 'float'], kind: 'bool', truth: (a, b) => Number(truth(a, b)), ulps: 0 });
const logical = (truth: (a: number, b: number) => number): Operation => ({ kinds: ['bool', 'bool'], kind: 'bool', truth, ulps: 0 });

/** Every operation but inputs and constants; a new one must join. */
const operations: Readonly<Record<Exclude<ScalarOp, 'input' | 'constant'>, Operation>> = {
  add: float((a, b) => a + b), sub: float((a, b) => a - b), mul: float((a, b) => a * b), div: float((a, b) => a / b),
  idiv: float((a, b) => Math.trunc(a / b)), mod: float((a, b) => a % b),
  min: float((a, b) => Math.min(a, b)), max: float((a, b) => Math.max(a, b)), pow: float((a, b) => a ** b, 800),
  neg: float((a) => -a), abs: float((a) => Math.abs(a)), reciprocal: float((a) => 1 / a), floor: float((a) => Math.floor(a)), ceil: float((a) => Math.ceil(a)),
  sin: float((a) => Math.sin(a), 4), cos: float((a) => Math.cos(a), 4), asin: float((a) => Math.asin(a), 4), atan: float((a) => Math.atan(a), 4),
  exp: float((a) => Math.exp(a), 4), log: float((a) => Math.log(a), 4), erf: float((a) => (Math.abs(a) < 1e-8 ? a * (2 / Math.sqrt(Math.PI)) : erf(a)), 8), erfc: float((a) => erfc(a), 64), sqrt: float((a) => Math.sqrt(a)),
  sigmoid: float((a) => 1 / (1 + Math.exp(-a)), 4),
  less: compare((a, b) => a < b), lessEqual: compare((a, b) => a <= b), equal: compare((a, b) => a === b), notEqual: compare((a, b) => a !== b),
  and: logical((a, b) => a & b), or: logical((a, b) => a | b),
  select: { kinds: ['bool', 'float', 'float'], kind: 'float', truth: (c, a, b) => (c !== 0 ? a : b), ulps: 0 },
  toFloat: { kinds: ['bool'], kind: 'float', truth: (a) => a, ulps: 0 },
  toInt: { kinds: ['float'], kind: 'int32', truth: (a) => (Math.abs(a) < 2 ** 53 ? a | 0 : 0), ulps: 0 },
  toBool: { kinds: ['float'], kind: 'bool', truth: (a) => Number(a !== 0), ulps: 0 },
};

const FLOATS = [0, -0, 1, -1, 0.5, -2.5, 0.1, 3, -7, 12.25, 1e-3, 1e5, -3.7e9, 1e17, -2.2250738585072014e-308, 5e-324, 1e-160, 1e160, -1e299, Infinity, -Infinity, NaN];
/** Remainders are told of quotients of so many bits, powers of bases that are not negative and exponents that are numbers but not 0. */
function withinReach(op: string, precision: Precision, [a, b]: readonly number[]): boolean {
  if (op === 'mod') return !(Math.abs(a / b) >= (precision === 'float32' ? 2 ** 24 : 2 ** 53)) || !Number.isFinite(a) || b === 0;
  return op !== 'pow' || ((a >= 0 || Number.isNaN(a)) && !Object.is(a, -0) && Number.isFinite(b) && b !== 0);
}

function argumentsOf({ kinds }: Operation): number[][] {
  return kinds.reduce<number[][]>((rows, kind) => rows.flatMap((row) => (kind === 'bool' ? [0, 1] : FLOATS).map((value) => [...row, value])), [[]]);
}

/** The sign of a zero is not compared: `max` and `|x|` by recognition leave it open. */
function worst(name: string, operation: Operation, precision: Precision, wrong: Wrong = {}): { readonly error: number; readonly where: string } {
  const rounded = (value: number): number => (precision === 'float32' ? Math.fround(value) : value);
  const rows = argumentsOf(operation).map((row) => row.map(rounded)).filter((row) => withinReach(name, precision, row));
  const found = runRows(oneOperation(name as ScalarOp, operation.kind, operation.kinds), rows, precision, wrong);
  const unit = precision === 'float32' ? 2 ** -23 : 2 ** -52;
  const smallest = precision === 'float32' ? 2 ** -126 : 1e-300;
  return rows.reduce((most, row, i) => {
    const expected = rounded(operation.truth(...row));
    const error = Object.is(found[i], expected) || found[i] === expected ? 0 : Math.abs(found[i] - expected) / (unit * Math.max(Math.abs(expected), smallest));
    return error > most.error || Number.isNaN(error) ? { error: Number.isNaN(error) ? Infinity : error, where: `${name}(${row.join(', ')}) = ${found[i]}, should be ${expected}` } : most;
  }, { error: 0, where: '' });
}

describe('vector code of every operation', () => {
  for (const [name, operation] of Object.entries(operations)) {
    it(`${name} in float64, special values included`, () => {
      const { error, where } = worst(name, operation, 'float64');
      assert.ok(error <= operation.ulps, `${where}: ${error} units of the last place`);
    });
    // Casts to int32 do not fit float32 lanes, the quotient of an integer division is rounded first; erf and pow have tests of their own.
    if (['toInt', 'idiv', 'erf', 'erfc', 'pow'].includes(name)) continue;
    it(`${name} in float32`, () => {
      const { error, where } = worst(name, operation, 'float32');
      assert.ok(error <= 2 * operation.ulps, `${where}: ${error} units of the last place`);
    });
  }

  it('would notice wrong arithmetic', () => {
    const lanes = lanesOf.float64;
    const mutants: readonly [ScalarOp, Wrong][] = [
      ['sub', { lanes: { sub: (a, b) => lanes.sub(b, a) } }],
      ['max', { lanes: { ne: (a) => lanes.lt(a, a) } }],
      ['lessEqual', { lanes: { le: lanes.lt } }],
      ['floor', { lanes: { floor: lanes.trunc } }],
      ['mod', { lanes: { trunc: lanes.nearest, lt: (a, b) => lanes.gt(a, b) } }],
      ['exp', { math: { exp: (_f, x) => lanes.add(lanes.constant(1), x) } }],
    ];
    for (const [name, wrong] of mutants) {
      const operation = operations[name as 'sub'];
      assert.ok(worst(name, operation, 'float64', wrong).error > operation.ulps, `the mutant of ${name} passes`);
    }
  });
});

describe('remainders', () => {
  it('are exact for quotients up to 2^53', () => {
    let state = 1;
    const random = (): number => { state = Math.imul(state, 0x5bd1e995) + 0x1234567 | 0; return (state >>> 0) / 2 ** 32; };
    const rows = Array.from({ length: 4000 }, () => [(random() - 0.5) * 2 ** (random() * 60 - 10), (random() + 0.01) * 2 ** (random() * 12 - 6)]).filter(([a, b]) => Math.abs(a / b) < 2 ** 53);
    const found = runRows(oneOperation('mod', 'float', ['float', 'float']), rows);
    rows.forEach(([a, b], i) => assert.equal(found[i], a % b, `${a} % ${b}`));
  });
});

describe('int32 in float lanes', () => {
  /** A program of two casts. */
  const ofIntegers = (op: ScalarOp): ReturnType<ScalarBuilder['finish']> => {
    const builder = new ScalarBuilder();
    const [a, b] = [0, 1].map((k) => builder.apply('toInt', [builder.input(k, 0, 'float')], 'int32'));
    return builder.finish([{ size: 1, kind: 'float' }, { size: 1, kind: 'float' }], [[builder.apply(op, [a, b], 'int32')]]);
  };
  const rows = [[7, 2], [-7, 2], [2 ** 31 - 1, 1], [-(2 ** 31), -1], [5.9, -3.2], [0, 4], [-9, -4], [2 ** 31 - 1, 2 ** 31 - 1]];

  it('wrap as they do in 32 bits', () => {
    const truths: readonly [ScalarOp, (a: number, b: number) => number][] = [
      ['add', (a, b) => (a + b) | 0], ['sub', (a, b) => (a - b) | 0], ['mod', (a, b) => a % b], ['min', Math.min], ['max', Math.max],
    ];
    for (const [op, truth] of truths) {
      const found = runRows(ofIntegers(op), rows);
      rows.forEach(([a, b], i) => assert.ok(found[i] === truth(Math.trunc(a), Math.trunc(b)), `${op}(${a}, ${b}) = ${found[i]}`));
    }
  });

  it('are refused where a lane cannot hold them exactly', () => {
    const refused = (precision: Precision, primitive: string) => (error: unknown): boolean =>
      error instanceof UnsupportedPrimitive && error instanceof CannotVectorise && error.primitive === primitive && error.message.includes(`int32 in ${precision}`);
    assert.throws(() => runRows(ofIntegers('mul'), rows), refused('float64', 'mul'), 'products of any two');
    assert.throws(() => runRows(ofIntegers('add'), rows, 'float32'), refused('float32', 'cast'), 'casts of any float');
  });

  it('count conditions in both precisions', () => {
    const builder = new ScalarBuilder();
    const inputs = [0, 1, 2].map((k) => builder.input(k, 0, 'float'));
    const counts = inputs.map((x) => builder.apply('toInt', [builder.apply('less', [builder.constant(0), x], 'bool')], 'int32'));
    const sum = counts.reduce((a, b) => builder.apply('add', [a, b], 'int32'));
    const program = builder.finish(inputs.map(() => ({ size: 1, kind: 'float' as const })), [[builder.apply('toFloat', [sum], 'float')]]);
    const points = [[1, 2, 3], [-1, 2, 3], [-1, -1, 0], [0, 0, 1], [NaN, 1, 1]];
    for (const precision of ['float32', 'float64'] as const) {
      assert.deepEqual(runRows(program, points, precision), points.map((row) => row.filter((x) => x > 0).length), precision);
    }
  });

  it('has no place for uint32', () => {
    assert.throws(() => runRows(oneOperation('add', 'uint32', ['uint32', 'uint32']), [[1, 2]]), (error: unknown) => error instanceof UnsupportedPrimitive && /uint32/.test(error.message), 'uint32');
  });
});
