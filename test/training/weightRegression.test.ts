/** Learned weights: φ, ψ find known conditional means under noise, leave alone what noise hides, and repeat their bits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { fillNormal, foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { ADAM } from '../../src/training/trainingStep.ts';
import { learnedDifference, type FittedWeights } from '../../src/training/learnedDifference.ts';
import { weightParameterCount } from '../../src/training/weightNetwork.ts';
import { WeightRegression, type WeightRegressionOptions } from '../../src/training/weightRegression.ts';
import { weightStep } from '../../src/training/weightStep.ts';
import { assertFound, assertFoundByWeight, d, distance, fit, g, gaussian, h, HELD_OUT, noises, options, pairs, PAIRS, small, tolerance, tolerated, truth, weightedDistance, weightNetworkShape, type Mean, type Noise } from './weightFits.ts';

describe('the conditional mean', () => {
  // The other noise of each: test-slow/training/weightRegression.test.ts.
  it('is found under Gaussian noise of sd 2', (t) => assertFound(noises[0], (told) => t.diagnostic(told)));
  it('is found by weight under noise of ±4 cos z', (t) => assertFoundByWeight(noises[1], (told) => t.diagnostic(told)));

  it('is missed by weight with a mutant: the sign of φ', async () => {
    const mutant = await weightedDistance(await fit(options(1, gaussian, (x, z, i) => g(z, i) + h(x, i), { ...small, byWeight: true })));
    assert.ok(mutant > 2 * tolerated, `weighted RMS error ${mutant} of the mutant`);
  });

  const mutants: [string, () => WeightRegressionOptions][] = [
    ['the sign of φ', () => options(1, gaussian, (x, z, i) => g(z, i) + h(x, i), small)],
    ['x in place of z', () => ((given): WeightRegressionOptions => ({ ...given, z: given.x }))(options(1, gaussian, truth, small))],
  ];
  for (const [name, mutant] of mutants) {
    it(`is missed with a mutant: ${name}`, async () => {
      const error = await distance(await fit(mutant()), truth);
      assert.ok(error > 3 * tolerance(2), `RMS error ${error} of a mutant`);
    });
  }

  it('is a constant at the start: the mean of t', async () => {
    const fitted = await fit(options(2, gaussian, truth, { steps: 0 }));
    const { x, z } = pairs(keyFromSeed(99), 100);
    const found = await learnedDifference(fitted, x, z, 100);
    assert.deepEqual(new Set(found), new Set([fitted.scales.meanT]), 'one value');
    assert.deepEqual([fitted.bestStep, fitted.heldOutError], [0, fitted.constantError], 'the start is what is kept');
    const mean = 11 + (2 * Math.sin(3) - 1) * Math.exp(-2);
    // A median of means has √(π/2) times the standard error of the mean.
    const error = Math.sqrt((Math.PI / 2) * fitted.constantError / HELD_OUT);
    assert.ok(Math.abs(found[0] - mean) < 5 * error, `${found[0]} for ${mean} ± ${error}`);
  });

  it('starts from a constant that single far values do not move, by weight or not; mutant: a plain mean', async () => {
    const broken = PAIRS - HELD_OUT + 1234;
    for (const byWeight of [false, true]) {
      const given = options(2, gaussian, truth, { ...small, steps: 0, byWeight });
      const clean = await fit(given);
      // As above, with a variance of t of 10; one of the groups may move by any distance.
      const error = Math.sqrt((Math.PI / 2) * 10 / HELD_OUT);
      for (const far of [1e6, -1e6]) {
        const spoilt = await fit({ ...given, targets: (rows, step, out) => {
          given.targets(rows, step, out);
          rows.forEach((row, i) => { if (row === broken) out[i] = far; });
        } });
        assert.ok(Math.abs(spoilt.scales.meanT - clean.scales.meanT) < 5 * error, `${spoilt.scales.meanT} for ${clean.scales.meanT}`);
        assert.ok(Math.abs(spoilt.scales.deviationT / clean.scales.deviationT - 1) < 0.01, `${spoilt.scales.deviationT} for ${clean.scales.deviationT}`);
      }
      assert.ok(1e6 / HELD_OUT > 100 * error, 'mutant');
    }
  });

  /** f is kept if ‖f − c‖² < 2⟨f − c, t − c⟩ over the m held-out pairs, whose right-hand side is 2‖f − c‖σ/√m times a standard normal. */
  const largestCorrection = 5 * 2 * 2 / Math.sqrt(HELD_OUT);
  const seven: Mean = () => 7;

  it('is left a constant by what is noise only, as far as held-out pairs can tell', async (t) => {
    for (const byWeight of [false, true]) {
      const fitted = await fit(options(3, gaussian, seven, { ...small, byWeight }));
      const correction = await distance(fitted, seven);
      t.diagnostic(`RMS correction ${correction.toFixed(3)} of ${largestCorrection.toFixed(3)}; held-out error ${fitted.heldOutError.toFixed(4)} at step ${fitted.bestStep}, of the constant ${fitted.constantError.toFixed(4)}`);
      assert.ok(fitted.heldOutError <= fitted.constantError, 'never worse than the constant');
      assert.ok(correction < largestCorrection, `RMS correction ${correction}`);
    }
  });

  it('is left a constant where few pairs with the same noise at every step are learned by heart, which the last step is not', async (t) => {
    const { x, z, ...given } = options(3, gaussian, seven);
    const from = PAIRS - HELD_OUT - 400;
    const noise = new Float64Array(PAIRS);
    fillNormal(keyFromSeed(5), 0, noise);
    const regression = await WeightRegression.create({ ...given, steps: 200, x: x.subarray(from * d), z: z.subarray(from * d), targets: (rows, _, out) => { rows.forEach((row, i) => { out[i] = 7 + 2 * noise[row]; }); } });
    await regression.advance(200);
    const fitted = regression.result();
    const last = { ...fitted, parameters: regression.snapshot().arrays.parameters };
    await regression.dispose();
    const [kept, learned] = [await distance(fitted, seven), await distance(last, seven)];
    t.diagnostic(`RMS correction ${kept.toFixed(3)} at step ${fitted.bestStep}, ${learned.toFixed(3)} at the last one`);
    assert.ok(kept < largestCorrection, `RMS correction ${kept}`);
    assert.ok(learned > 1.5 * largestCorrection, `RMS correction ${learned} at the last step`);
  });
});

/** A step at random parameters of small networks, in float64. */
function smallStep(key: Key): { shape: ReturnType<typeof weightNetworkShape>; batch: number; inputs: Float64Array[] } {
  const shape = weightNetworkShape(3, 2, 5);
  const [batch, count] = [16, weightParameterCount(shape)];
  const normals = (name: string, length: number): Float64Array => {
    const out = new Float64Array(length);
    fillNormal(foldIn(key, name), 0, out);
    return out;
  };
  const controls = Float64Array.of(0.01, 1 - ADAM.beta1, 1 - ADAM.beta2, 1);
  const inputs = [normals('parameters', count).map((value) => value / 2), new Float64Array(count), new Float64Array(count), controls, normals('x', batch * 3), normals('z', batch * 3), normals('t', batch), new Float64Array(batch).fill(1)];
  return { shape, batch, inputs };
}

/** ψ(z) − φ(x) at one pair, in plain JavaScript. @param parameters φ, then ψ; per layer weights [inputs, outputs] and biases */
function plainDifference({ dimension, hiddenLayers, hidden }: FittedWeights['shape'], parameters: ArrayLike<number>, x: readonly number[], z: readonly number[]): number {
  let at = 0;
  const network = (input: readonly number[]): number => {
    let values = [...input];
    for (let layer = 0; layer <= hiddenLayers; layer++) {
      const outputs = layer === hiddenLayers ? 1 : hidden;
      const inputs = layer === 0 ? dimension : hidden;
      const biases = at + inputs * outputs;
      const sums = Array.from({ length: outputs }, (_, k) => values.reduce((sum, value, j) => sum + value * parameters[at + j * outputs + k], parameters[biases + k]));
      at = biases + outputs;
      values = layer === hiddenLayers ? sums : sums.map((sum) => sum / (1 + Math.exp(-sum)));
    }
    return values[0];
  };
  const phi = network(x);
  return network(z) - phi;
}

describe('the networks', () => {
  it('are what plain JavaScript makes of their parameters, in chunks and on all scales', async () => {
    const shape = weightNetworkShape(3, 3, 7);
    const n = 5000;
    const parameters = new Float32Array(weightParameterCount(shape));
    const [x, z] = [new Float64Array(n * 3), new Float64Array(n * 3)];
    [parameters, x, z].forEach((array, k) => { fillNormal(keyFromSeed(k), 0, array); });
    const scales = { meanX: [1, 2, 3], deviationX: [1, 2, 4], meanZ: [-1, 0, 5], deviationZ: [3, 1, 2], meanT: 1000, deviationT: 50 };
    const found = await learnedDifference({ shape, parameters, scales }, x, z, n);
    const row = (points: Float64Array, i: number, mean: readonly number[], deviation: readonly number[]): number[] => mean.map((m, j) => (points[i * 3 + j] - m) / deviation[j]);
    const wrong = Array.from(found.keys()).filter((i) => {
      const exact = 1000 + 50 * plainDifference(shape, parameters, row(x, i, scales.meanX, scales.deviationX), row(z, i, scales.meanZ, scales.deviationZ));
      return !(Math.abs(found[i] - exact) < 50 * 1e-4);
    });
    assert.deepEqual(wrong, [], 'pairs that differ');
  });

  it('have the loss of plain JavaScript, the gradient of central differences, and take the first step of Adam', async () => {
    const { shape, batch, inputs } = smallStep(keyFromSeed(4));
    const { f, specs } = weightStep(shape, batch, false);
    const executable = await compileOnnx(trace(f, specs), { precision: 'float64' });
    inputs[7][3] = 0;
    const [parameters, , , controls, x, z, t, counts] = inputs;
    const lossAt = (theta: Float64Array): number => Array.from(t).reduce((sum, value, i) => {
      const at = (points: Float64Array): number[] => Array.from(points.subarray(3 * i, 3 * i + 3));
      return sum + counts[i] * (plainDifference(shape, theta, at(x), at(z)) - value) ** 2 / batch;
    }, 0);
    const [updated, first, , report] = await executable.run(inputs);
    assert.ok(Math.abs(report[0] - lossAt(parameters)) < 1e-10, `loss ${report[0]}`);
    assert.equal(report[1], 1, 'accepted');
    const step = 1e-5;
    for (let i = 0; i < parameters.length; i++) {
      const moved = (by: number): Float64Array => parameters.map((value, k) => (k === i ? value + by : value));
      const difference = (lossAt(moved(step)) - lossAt(moved(-step))) / (2 * step);
      const gradient = first[i] / (1 - ADAM.beta1);
      assert.ok(Math.abs(gradient - difference) < 1e-7 * (1 + Math.abs(difference)), `parameter ${i}: ${gradient} for ${difference}`);
      assert.ok(Math.abs(updated[i] - (parameters[i] - controls[0] * gradient / (Math.abs(gradient) + ADAM.epsilon))) < 1e-10, `step of parameter ${i}`);
    }
    inputs[6][0] = NaN;
    const [same, , , refused] = await executable.run(inputs);
    assert.equal(refused[1], 0, 'a loss that is not a number is refused');
    assert.deepEqual(same, parameters, 'and leaves the parameters');
    await executable.dispose();
  });

  it('may be as large as the published ones', async () => {
    const n = 500;
    const [x, z] = [new Float64Array(n * 8), new Float64Array(n * 8)];
    fillNormal(keyFromSeed(1), 0, x);
    fillNormal(keyFromSeed(2), 0, z);
    const fitted = await fit({ shape: weightNetworkShape(8, 6, 128), byWeight: false, steps: 12, batch: 100, learningRate: 1e-3, evaluateEvery: 4, x, z, heldOut: 100, key: keyFromSeed(3), targets: (rows, _, out) => { rows.forEach((row, i) => { out[i] = 5 * z[8 * row] - x[8 * row + 7]; }); } });
    assert.equal(fitted.parameters.length, 2 * (8 * 128 + 5 * 128 * 128 + 6 * 128 + 129), 'parameters');
    assert.ok(fitted.heldOutError < fitted.constantError, `held-out error ${fitted.heldOutError} of ${fitted.constantError}`);
  });
});

describe('a fit', () => {
  const short = { steps: 50, batch: 256, evaluateEvery: 10, heldOut: 500 };
  /** Some targets are not finite. */
  const broken: Noise = (_, i, normal) => (i % 97 === 0 ? NaN : i % 89 === 0 ? Infinity : normal);

  it('repeats its bits, in one go, in parts and after a restart; another key gives others', async () => {
    const given = options(7, broken, truth, short);
    const whole = await fit(given);
    assert.deepEqual(await fit(given), whole, 'again');
    const start = await WeightRegression.create(given);
    for (let step = 0; step < 23; step++) await start.advance(1);
    const { arrays, json } = start.snapshot();
    const stored = structuredClone({ arrays, json: JSON.parse(JSON.stringify(json)) as typeof json });
    await start.advance(2);
    await start.dispose();
    const resumed = await WeightRegression.create(given);
    resumed.restore(stored);
    assert.equal(resumed.steps, 23, 'steps done');
    await resumed.advance(1000);
    assert.ok(resumed.done, 'done');
    assert.deepEqual(resumed.result(), whole, 'resumed');
    await resumed.dispose();
    assert.notDeepEqual((await fit({ ...given, key: keyFromSeed(8) })).parameters, whole.parameters, 'another key');
  });

  it('leaves out targets that are not finite, and counts them', async () => {
    const { targets, ...given } = options(7, broken, truth, short);
    let bad = 0;
    const fitted = await fit({ ...given, targets(rows, step, out) {
      targets(rows, step, out);
      bad += out.filter((value) => !Number.isFinite(value)).length;
    } });
    assert.ok(bad > 0 && fitted.nonFinite === bad, `${fitted.nonFinite} counted of ${bad}`);
    assert.equal(fitted.skippedSteps, 0, 'no step is lost to them');
    assert.ok(fitted.heldOutError < fitted.constantError && fitted.parameters.every(Number.isFinite), 'and the fit goes on');
  });

  it('gives no weight to pairs that are not finite', async () => {
    const fitted = await fit(options(7, gaussian, truth, short));
    const found = await learnedDifference(fitted, Float64Array.of(0, NaN, 0, 0, 0, 0), Float64Array.of(3, 3, 3, Infinity, 3, 3), 3);
    assert.deepEqual(Array.from(found, Number.isFinite), [false, false, true]);
  });

  it('counts steps that cannot be taken, and goes on', async () => {
    const { targets, ...given } = options(7, gaussian, truth, short);
    const fitted = await fit({ ...given, targets: (rows, step, out) => { if (step >= 5 && step < 8) out.fill(NaN); else targets(rows, step, out); } });
    assert.deepEqual([fitted.skippedSteps, fitted.nonFinite], [3, 3 * short.batch], 'steps and targets');
    assert.ok(fitted.heldOutError < fitted.constantError, 'and the fit goes on');
  });

  const wrong: [RegExp, Partial<WeightRegressionOptions>][] = [
    [/x and z must both be \[n, 2\], got 9 and 9 numbers/, { x: new Float64Array(9), z: new Float64Array(9) }],
    [/got 8 and 10 numbers/, { x: new Float64Array(8), z: new Float64Array(10) }],
    [/heldOut must be .* below the 20000 pairs, got 20000/, { heldOut: PAIRS }],
    [/heldOut .* got 0/, { heldOut: 0 }],
    [/hidden must be an integer of at least 1, got 0/, { shape: weightNetworkShape(d, 2, 0) }],
    [/hiddenLayers must be an integer of at least 1, got 1.5/, { shape: weightNetworkShape(d, 1.5) }],
    [/dimension must be/, { shape: weightNetworkShape(0) }],
    [/batch must be/, { batch: 0 }],
    [/steps must be an integer of at least 0, got -1/, { steps: -1 }],
    [/evaluateEvery must be/, { evaluateEvery: NaN }],
    [/learningRate must be > 0, got NaN/, { learningRate: NaN }],
    [/none of the 4000 held-out targets is finite/, { targets: (_, __, out) => { out.fill(NaN); } }],
  ];
  const inOneLine = (expected: RegExp) => (error: unknown): boolean => error instanceof InputError && expected.test(error.message) && !error.message.includes('\n');
  for (const [expected, change] of wrong) {
    it(`refuses what does not fit: ${expected.source}`, () => assert.rejects(WeightRegression.create(options(1, gaussian, truth, change)), inOneLine(expected)));
  }

  it('refuses the checkpoint of other networks, and too few pairs', async () => {
    const [small, large] = await Promise.all([4, 5].map((hidden) => WeightRegression.create(options(1, gaussian, truth, { ...short, shape: weightNetworkShape(d, 1, hidden) }))));
    assert.throws(() => { large.restore(small.snapshot()); }, inOneLine(/parameters of the checkpoint has 34 entries, the networks have 42 parameters/));
    await assert.rejects(learnedDifference(small.result(), new Float64Array(4), new Float64Array(2), 2), inOneLine(/must both hold \[2, 2\], got 4 and 2 numbers/));
    await Promise.all([small.dispose(), large.dispose()]);
  });
});

describe('errors that count by weight', () => {
  /** One pair in twenty has no weight: its t lies far above the others. */
  const far = (x: Float64Array, i: number): boolean => x[i * d] > 1.645;
  const mean = (height: number): Mean => (x, z, i) => (far(x, i) ? height : 0.5 * Math.sin(z[i * d]));

  /** Root mean square error at the pairs that have weight. */
  async function distanceWithWeight(fitted: FittedWeights, of: Mean): Promise<number> {
    const n = 10_000;
    const { x, z } = pairs(keyFromSeed(99), n);
    const found = await learnedDifference(fitted, x, z, n);
    const kept = Array.from(found.keys()).filter((i) => x[i * d] < 1.3);
    return Math.sqrt(kept.reduce((sum, i) => sum + (found[i] - of(x, z, i)) ** 2, 0) / kept.length);
  }

  // Measured over seeds 1 to 4: 0.034 to 0.061 by weight, whatever the height; squared, 0.25 to 0.29 for 30 and 1.2 to 2.6 for 300.
  for (const height of [30, 300]) {
    it(`are small where there is weight, which squared errors are not: t of ${height} elsewhere`, async (t) => {
      const given = options(4, (_, __, normal) => 0.3 * normal, mean(height), small);
      const [byWeight, squared] = await Promise.all([true, false].map(async (kind) => distanceWithWeight(await fit({ ...given, byWeight: kind }), mean(height))));
      t.diagnostic(`RMS error ${byWeight.toFixed(3)} by weight, ${squared.toFixed(3)} squared`);
      assert.ok(byWeight < 0.1, `RMS error ${byWeight}`);
      assert.ok(squared > 0.18 && squared > 3 * byWeight, `RMS error ${squared} of squared errors`);
    });
  }

  it('find the conditional mean all the same', async (t) => {
    // Without far values: ±1.5 about it, where the loss is not quadratic.
    const gentle: Mean = (x, z, i) => 1.5 * Math.sin(z[i * d]) + x[i * d + 1] / 2;
    const error = await distance(await fit({ ...options(5, (_, __, normal) => normal, gentle, small), byWeight: true }), gentle);
    t.diagnostic(`RMS error ${error.toFixed(3)}`);
    assert.ok(error < tolerance(2), `RMS error ${error}`);
  });
});
