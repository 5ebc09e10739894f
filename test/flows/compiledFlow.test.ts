/** The fused executor is the same map, with the same gradient, as the array program of CouplingFlow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Precision } from '../../src/engine/executor.ts';
import { valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { alternatingMasks, parameterCount, parameterSlots, type Architecture } from '../../src/flows/architecture.ts';
import { splineParameterCount } from '../../src/flows/bijections/rationalQuadratic.ts';
import { CompiledFlow, tileFor } from '../../src/flows/compiled/compiledFlow.ts';
import { flowCode } from '../../src/flows/compiled/flowCode.ts';
import { CouplingFlow } from '../../src/flows/couplingFlow.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { masksOf } from '../../src/flows/masks.ts';
import type { Coordinate } from '../../src/targets/domain.ts';

const line = (low: number, high: number): Coordinate => ({ kind: 'real', low, high });
const circle = (low: number, high: number): Coordinate => ({ kind: 'torus', low, high });
const interval = (low: number, high: number): Coordinate => ({ kind: 'interval', low, high });
const shape = (domain: Coordinate[], masks: readonly (readonly number[])[], bins: number, hidden: number, activation: Architecture['activation'] = 'silu'): Architecture =>
  ({ domain, masks, bins, hidden, activation });

const architectures: Readonly<Record<string, Architecture>> = {
  'one line': shape([line(-3, 5)], alternatingMasks(1, 2), 6, 5),
  'one circle': shape([circle(-Math.PI, Math.PI)], [[0]], 6, 4),
  'the plane': shape([line(-4, 4), line(-4, 4)], alternatingMasks(2, 3), 16, 32),
  'two bins, ReLU': shape([line(-1, 1), line(-1, 1)], alternatingMasks(2, 2), 2, 7, 'relu'),
  'bounds per coordinate': shape([line(-1.6, 2), line(-0.5, 2), line(-0.5, 6.5)], [[0], [1, 2], [0, 2]], 5, 6),
  'circles and lines': shape([circle(-Math.PI, Math.PI), line(-6, 6), circle(0, 2), line(-3, 4)], [[0, 1], [2, 3], [1, 2]], 4, 9),
  'intervals, a circle and a line': shape([interval(0, 1), circle(-Math.PI, Math.PI), line(-3, 4), interval(-2, 5)], [[0, 1], [2, 3], [0, 3]], 5, 6),
};

const affine = (base: Architecture): Architecture => ({ ...base, coupling: 'affine' });

/** The same with affine maps, and layers that no coordinate conditions. */
const scaled: Readonly<Record<string, Architecture>> = {
  ...Object.fromEntries(Object.entries(architectures).map(([name, base]) => [`${name}, affine`, affine(base)])),
  'marginal layers of lines': affine(shape([line(-5, 5), line(-4, 6), line(-2, 3)], [[0, 1, 2], [0, 2], [1], [0, 1, 2]], 5, 6)),
  'marginal layers of all kinds': affine(shape([interval(0, 1), circle(-1, 2), line(-5, 5)], [[0, 1, 2], [2], [1, 0], [0, 1, 2]], 4, 5)),
  'lines that see lines, ReLU': affine(shape(Array.from({ length: 6 }, () => line(-5, 5)), [[0, 1, 2], [3, 4, 5], [1, 4]], 8, 11, 'relu')),
};

/** How far parameters are from the start; less with affine maps, whose scales multiply. */
const noiseOf = ({ coupling }: Architecture): number => (coupling === 'affine' ? 0.2 : 0.5);

const POINTS = 50;

interface Case {
  readonly parameters: Float64Array;
  readonly x: Float64Array;
  /** Weights of a linear functional of image and logDet. */
  readonly ofImage: Float64Array;
  readonly ofLogDet: Float64Array;
}

function randomCase(architecture: Architecture, scale: number): Case {
  const key = keyFromSeed(7);
  const d = architecture.domain.length;
  const noise = new Float64Array(parameterCount(architecture));
  fillNormal(foldIn(key, 'noise'), 0, noise);
  const parameters = Float64Array.from(initialParameters(architecture, key), (value, i) => Math.fround(value + scale * noise[i]));
  const x = new Float64Array(POINTS * d);
  fillUniform(foldIn(key, 'points'), 0, x);
  // Real coordinates now and then outside the box.
  x.forEach((u, i) => {
    const { kind, low, high } = architecture.domain[i % d];
    x[i] = Math.fround(low + (high - low) * (kind === 'real' ? 1.1 * u - 0.05 : 0.999 * u));
  });
  const [ofImage, ofLogDet] = [new Float64Array(POINTS * d), new Float64Array(POINTS)];
  fillNormal(foldIn(key, 'image'), 0, ofImage);
  fillNormal(foldIn(key, 'logDet'), 0, ofLogDet);
  return { parameters, x, ofImage, ofLogDet };
}

interface Outcome {
  readonly image: Float64Array;
  readonly logDet: Float64Array;
  readonly gradient: Float64Array;
}

async function byArrayProgram(architecture: Architecture, direction: 'forward' | 'inverse', { parameters, x, ofImage, ofLogDet }: Case): Promise<Outcome> {
  const d = architecture.domain.length;
  const specs = [[parameters.length], [POINTS, d], [POINTS, d], [POINTS]].map((entries) => ({ shape: entries }));
  const functional = (p: NpArray, points: NpArray, a: NpArray, b: NpArray): NpArray => {
    const [image, logDet] = new CouplingFlow(architecture, p)[direction](points);
    return image.mul(a).sum().add(logDet.mul(b).sum());
  };
  const program = trace((p, points, a, b) => [...new CouplingFlow(architecture, p)[direction](points), valueAndGradient((q) => functional(q, points, a, b))(p)[1]], specs);
  const executable = await compileOnnx(program, { precision: 'float64' });
  const [image, logDet, gradient] = (await executable.run([parameters, x, ofImage, ofLogDet])).map((array) => Float64Array.from(array));
  await executable.dispose();
  return { image, logDet, gradient };
}

function byFused(architecture: Architecture, direction: 'forward' | 'inverse', { parameters, x, ofImage, ofLogDet }: Case, precision: Precision, threads = 1): Outcome {
  const flow = new CompiledFlow(architecture, { precision, threads, gradient: true, points: POINTS });
  const batch = flow.batch(direction, POINTS, true);
  flow.parameters.set(parameters);
  batch.x.set(x);
  batch.run();
  batch.imageGradient.set(ofImage);
  batch.logDetGradient.set(ofLogDet);
  flow.clearGradient();
  batch.back();
  flow.gatherGradient();
  const outcome = { image: batch.image.slice(), logDet: batch.logDet.slice(), gradient: Float64Array.from(flow.parameterGradient) };
  flow.dispose();
  return outcome;
}

/** The same with a bias of the log scale in every layer of one line each. */
function withScales(architecture: Architecture, parameters: Float64Array, raw: number): Float64Array {
  const changed = parameters.slice();
  let start = 0;
  for (const { shape: sizes, startsAtZero } of parameterSlots(architecture)) {
    if (startsAtZero && sizes.length === 1) changed[start + splineParameterCount(architecture.bins, 'line')] = raw;
    start += sizes.reduce((product, n) => product * n, 1);
  }
  return changed;
}

/** Largest difference, relative to the largest entry. */
function gap(a: Float64Array, b: Float64Array): number {
  const size = Math.max(1e-300, ...b.map(Math.abs));
  return Math.max(...a.map((value, i) => (Number.isNaN(value) ? Infinity : Math.abs(value - b[i]) / size)));
}

for (const [name, architecture] of Object.entries({ ...architectures, ...scaled })) {
  describe(`fused flow: ${name}`, () => {
    for (const direction of ['forward', 'inverse'] as const) {
      it(`${direction}: image, log-determinant and gradient are CouplingFlow's, to rounding`, async () => {
        const problem = randomCase(architecture, noiseOf(architecture));
        const exact = await byArrayProgram(architecture, direction, problem);
        const [double, single] = [byFused(architecture, direction, problem, 'float64'), byFused(architecture, direction, problem, 'float32')];
        for (const what of ['image', 'logDet', 'gradient'] as const) {
          // Rounding of float64 (float32), times the condition of strained splines.
          assert.ok(gap(double[what], exact[what]) < 1e-9, `float64 ${what}: ${gap(double[what], exact[what])}`);
          assert.ok(gap(single[what], exact[what]) < 2e-3, `float32 ${what}: ${gap(single[what], exact[what])}`);
        }
        // Mutant: one bias of the last conditioner read a little wrong.
        const astray = problem.parameters.map((value, i) => (i === problem.parameters.length - 2 ? value + 1e-4 : value));
        assert.ok(gap(byFused(architecture, direction, { ...problem, parameters: astray }, 'float64').gradient, exact.gradient) > 1e-9, 'a bias off by 1e-4 is told');
      });
    }

    it('gives the same bits on 1, 2 and 3 threads', () => {
      const problem = randomCase(architecture, noiseOf(architecture));
      const [one, two, three] = [1, 2, 3].map((threads) => byFused(architecture, 'forward', problem, 'float32', threads));
      assert.deepEqual(two, one);
      assert.deepEqual(three, one);
    });
  });
}

describe('fused flow', () => {
  it('is code of a few kilobytes, however many coordinates its layers bend', () => {
    const masks = masksOf(Array.from({ length: 200 }, () => line(-3, 3)), 24, 'random');
    const wide = shape(Array.from({ length: 200 }, () => line(-3, 3)), masks, 16, 48);
    const narrow = shape([line(-3, 3), line(-3, 3)], alternatingMasks(2, 24), 16, 48);
    const [ofWide, ofNarrow] = [wide, narrow].map((architecture) => flowCode(architecture, 'float32', 64, true).binary.length);
    assert.ok(ofWide < 2 * ofNarrow, `${ofWide} bytes in 200 dimensions, ${ofNarrow} in 2`);
  });


  it('maps a point alike wherever it stands in a batch, and reuses tiles without a trace', () => {
    const architecture = architectures['circles and lines'];
    const { parameters, x } = randomCase(architecture, 0.5);
    const flow = new CompiledFlow(architecture, { precision: 'float32', threads: 2, gradient: false, points: 1000 });
    flow.parameters.set(parameters);
    const batch = flow.batch('forward', 1000, false);
    const one = flow.batch('forward', 1, false);
    for (let i = 0; i < 1000; i++) for (let j = 0; j < 4; j++) batch.x[i * 4 + j] = x[(i % POINTS) * 4 + j];
    batch.run();
    for (const i of [0, 49, 51, 500, 999]) {
      one.x.set(batch.x.subarray(i * 4, i * 4 + 4));
      one.run();
      assert.deepEqual(Array.from(one.image), Array.from(batch.image.subarray(i * 4, i * 4 + 4)), `point ${i}`);
      assert.equal(one.logDet[0], batch.logDet[i]);
    }
    flow.dispose();
  });

  it('shows a NaN in a point, and no other, and one among the parameters: in image and log-determinant', () => {
    const architecture = architectures['the plane'];
    const { parameters, x } = randomCase(architecture, 0.5);
    const flow = new CompiledFlow(architecture, { precision: 'float32', threads: 1, gradient: false, points: POINTS });
    flow.parameters.set(parameters);
    const batch = flow.batch('inverse', POINTS, false);
    batch.x.set(x);
    batch.x[6] = NaN;
    batch.run();
    assert.deepEqual(Array.from(batch.logDet, Number.isNaN), Array.from({ length: POINTS }, (_, i) => i === 3));
    // One bias of a conditioner that has gone astray spoils every point inside the box.
    batch.x[6] = 0.5;
    flow.parameters[flow.parameters.length - 1] = NaN;
    batch.run();
    assert.ok(Array.from(batch.logDet).filter(Number.isNaN).length > POINTS / 10);
    flow.dispose();
  });

  it('of affine maps never overflows, however far a point is and however many layers stretch it, and shows a NaN', async () => {
    const lines = [line(-5, 5), line(-5, 5)];
    const architecture = affine(shape(lines, alternatingMasks(2, 24), 4, 8));
    const problem = randomCase(architecture, 0.2);
    // Every scale far up or, for the way back, far down: e^8 in each of twelve layers is beyond float32.
    for (const [direction, sign] of [['forward', 1], ['inverse', -1]] as const) {
      const parameters = withScales(architecture, problem.parameters, sign * 100);
      const x = problem.x.map((value, i) => (i % 2 === 0 ? 1e4 * value : value));
      const exact = await byArrayProgram(architecture, direction, { ...problem, parameters, x });
      for (const precision of ['float32', 'float64'] as const) {
        const { image, logDet } = byFused(architecture, direction, { ...problem, parameters, x }, precision);
        assert.ok([...image, ...logDet].every(Number.isFinite), `${direction}, ${precision}`);
        assert.ok(image.some((value) => Math.abs(value) > 1e10), 'some are far out');
        assert.ok(gap(image, exact.image) < 2e-3 && gap(logDet, exact.logDet) < 2e-3, `${direction}, ${precision}: as the array program`);
        // One by one as well: the farthest are so far that all others vanish beside them.
        const apart = image.map((value, i) => Math.abs(value - exact.image[i]) / Math.max(1, Math.abs(exact.image[i])));
        if (precision === 'float64') assert.ok(apart.every((each) => each < 1e-9), `${direction}: ${Math.max(...apart)}`);
      }
      const spoilt = x.slice();
      spoilt[6] = NaN;
      assert.deepEqual(Array.from(byFused(architecture, direction, { ...problem, parameters, x: spoilt }, 'float32').logDet, Number.isNaN), Array.from({ length: POINTS }, (_, i) => i === 3));
    }
  });

  it('chooses tiles that divide the batch where they can', () => {
    assert.equal(tileFor(2000, 8), 80);
    assert.equal(tileFor(4096, 8), 64);
    for (const n of [1, 7, 1000, 12345]) assert.ok(Math.ceil(n / tileFor(n, 8)) * tileFor(n, 8) - n < 96, `${n}`);
  });
});
