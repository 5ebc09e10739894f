/** Definitions, their mistakes, bases and domains. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { keyFromSeed, type Key } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { baseEnergies, baseSamplers, latticeBase, sampleBase, traceOfCovariance, type Base } from '../../src/targets/base.ts';
import { batchBaseEnergy, batchEnergy, checkEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { wrapCoordinate, wrapPoints } from '../../src/targets/domain.ts';
import { defineTarget, type TargetDefinition } from '../../src/targets/target.ts';
import { targetTruth } from '../../src/targets/truth.ts';
import { distance, runProgram } from '../engine/executors.ts';
import { circle, line } from '../contracts/bijections.ts';

const bowl = (x: NpArray): NpArray => np.square(x).sum().mul(0.5);
const good: TargetDefinition = { name: 'bowl', dimension: 2, energy: bowl, box: [-5, 5] };
const refuses = (what: string, f: () => unknown, message: RegExp): void =>
  assert.throws(f, (error: unknown) => error instanceof InputError && message.test(error.message) && !error.message.includes('\n'), `${what}: ${message}`);

describe('defineTarget', () => {
  it('fills in what is left open', () => {
    const { domain, base, observables, modes, logZ, settings, description } = defineTarget(good);
    assert.deepEqual(domain, [line(-5, 5), line(-5, 5)], 'domain');
    assert.deepEqual([Array.from(base.mean), Array.from(base.standardDeviation)], [[0, 0], [10 / 6, 10 / 6]], 'base');
    assert.deepEqual(observables.map(({ name, value }) => [name, value(Float64Array.of(1, 2))]), [['sin x1', Math.sin(1)], ['cos x1', Math.cos(1)], ['sin x2', Math.sin(2)], ['cos x2', Math.cos(2)]], 'observables');
    assert.deepEqual([modes, logZ, settings, description], [undefined, undefined, {}, ''], 'the rest');
  });

  it('takes boxes, bases and circles per coordinate', () => {
    const { domain, base } = defineTarget({ ...good, dimension: 3, box: [[-1, 1], [-2, 2], [0, 4]], torus: { 1: [0, 1] }, base: { mean: [1, 2, 3], standardDeviation: 0.5 } });
    assert.deepEqual(domain, [line(-1, 1), circle(0, 1), line(0, 4)], 'domain');
    assert.deepEqual([Array.from(base.mean), Array.from(base.standardDeviation)], [[1, 2, 3], [0.5, 0.5, 0.5]], 'base');
    assert.deepEqual(defineTarget({ ...good, torus: 'all' }).domain, [circle(-5, 5), circle(-5, 5)], 'all circles');
    assert.deepEqual(defineTarget({ name: 'ring', dimension: 1, energy: bowl, torus: { 0: [0, 1] } }).domain, [circle(0, 1)], 'no box is needed for circles');
  });

  it('gives a point to the nearest centre, the short way round circles', () => {
    const { modes } = defineTarget({ ...good, box: [[-4, 4], [-4, 4]], torus: { 0: [0, 1] }, modes: { centres: [[0.05, 0], [0.6, 0]] } });
    assert.ok(modes !== undefined, 'modes');
    const assigned = [[0.1, 0], [0.97, 0], [0.5, 0], [0.8, 0]].map((x) => modes.assign(Float64Array.from(x)));
    assert.deepEqual(assigned, [0, 0, 1, 1], 'modes');
    assert.deepEqual(modes.names, ['(0.05, 0.00)', '(0.60, 0.00)'], 'names');
  });

  it('refuses each mistake by name', () => {
    const bad: [string, object, RegExp][] = [
      ['name', { name: 'My Target' }, /name must be lower-case/], ['no name', { name: undefined }, /name must be lower-case/],
      ['dimension', { dimension: 0 }, /dimension must be a positive integer, got 0/], ['half a dimension', { dimension: 1.5 }, /dimension/],
      ['energy', { energy: 3 }, /energy must be a function of one point, got number/], ['no box for all intervals', { box: undefined, interval: 'all' }, /'all' needs box/],
      ['box of one', { box: [3] }, /box must be \[low, high\]/], ['too few boxes', { box: [[0, 1]] }, /one such pair per coordinate \(2\)/],
      ['box of words', { box: [['a', 'b'], [0, 1]] }, /box must be/], ['empty box', { box: [1, 1] }, /box of coordinate 0 must be finite with low < high/],
      ['infinite box', { box: [0, Infinity] }, /box of coordinate 0 must be finite/], ['torus', { torus: { 1: [2, 1] } }, /torus of coordinate 1 must be finite with low < high/],
      ['mean', { base: { mean: [0] } }, /base\.mean must be a number or 2 numbers, got 1/], ['NaN mean', { base: { mean: NaN } }, /base\.mean must be finite/],
      ['spread', { base: { standardDeviation: [1, 2, 3] } }, /base\.standardDeviation must be a number or 2 numbers, got 3/],
      ['zero spread', { base: { standardDeviation: [1, 0] } }, /base\.standardDeviation must be > 0/],
      ['centre', { modes: { centres: [[0, 0], [1]] } }, /centre 1 of modes must have 2 numbers, got 1/],
      ['names', { modes: { centres: [[0, 0], [1, 1]], names: ['one'] } }, /1 names for 2 centres/], ['no centres', { modes: { centres: [] } }, /at least one centre/],
      ['too many boxes', { box: [[0, 1], [0, 1], [0, 1]] }, /one such pair per coordinate \(2\)/], ['torus of no coordinate', { torus: { 2: [0, 1] } }, /torus names coordinate 2/],
    ];
    for (const [what, change, message] of bad) refuses(what, () => defineTarget({ ...good, ...change }), message);
  });

  it('takes blocks that hold every coordinate, in one or several of them', () => {
    assert.deepEqual(defineTarget({ ...good, dimension: 3, blocks: [[0, 1], [2], [1]] }).blocks, [[0, 1], [2], [1]], 'blocks');
    assert.equal(defineTarget(good).blocks, undefined, 'none');
    const bad: [string, unknown, RegExp][] = [
      ['no blocks', [], /target "bowl": blocks must be a list of lists of coordinates, got \[\]/], ['a word', 'all', /blocks must be a list of lists of coordinates, got "all"/],
      ['an empty block', [[0, 1], []], /block 1 must be a list of coordinates, got \[\]/], ['a number', [0, 1], /block 0 must be a list of coordinates, got 0/],
      ['too large', [[0], [1, 2]], /block 1 names coordinate 2, but coordinates are 0 to 1/], ['negative', [[-1, 0], [1]], /block 0 names coordinate -1/],
      ['half', [[0.5], [0, 1]], /block 0 names coordinate 0\.5/], ['twice', [[0], [1, 0, 1]], /block 1 must name each coordinate once, got \[1, 0, 1\]/],
      ['incomplete', [[0], [0]], /blocks must hold every coordinate, but none holds 1/],
    ];
    for (const [what, blocks, message] of bad) refuses(what, () => defineTarget({ ...good, blocks: blocks as readonly (readonly number[])[] }), message);
  });

  it('takes projections with names and ranges', () => {
    const radius = { name: 'radius', value: (x: Float64Array) => Math.hypot(...x), low: 0, high: 5, exactDensity: (r: number) => r * Math.exp(-r * r / 2) };
    assert.deepEqual(defineTarget({ ...good, projections: [radius] }).projections, [radius], 'projections');
    assert.equal(defineTarget(good).projections, undefined, 'none');
    const bad: [string, object, RegExp][] = [
      ['no name', { name: ' ' }, /target "bowl": projection 0 must have a name, got " "/], ['nameless', { name: undefined }, /projection 0 must have a name/],
      ['no function', { value: 3 }, /projection 0 must have a value, a function of one point, got number/],
      ['backwards', { low: 5, high: 0 }, /projection 0 must have finite low < high, got \[5, 0\]/], ['endless', { high: Infinity }, /finite low < high/], ['no range', { low: undefined }, /finite low < high/],
    ];
    for (const [what, change, message] of bad) refuses(what, () => defineTarget({ ...good, projections: [{ ...radius, ...change }] }), message);
  });
});

describe('compileEnergy and checkEnergy', () => {
  const compiled = (energy: unknown, change: Partial<TargetDefinition> = {}): void => {
    const target = defineTarget({ ...good, energy: energy as TargetDefinition['energy'], ...change });
    checkEnergy(target, compileEnergy(target));
  };

  it('say in one line what is wrong with an energy', () => {
    refuses('not summed', () => compiled((x: NpArray) => np.square(x)), /target "bowl": energy must return one number \(shape \[\]\) for a point of shape \[2\], got shape \[2\]/);
    refuses('a plain number', () => compiled(() => 3), /energy must return an array of shape \[\], got number/);
    refuses('nothing', () => compiled(() => undefined), /got undefined/);
    refuses('null', () => compiled(() => null), /energy must return an array/);
    refuses('throws', () => compiled(() => { throw new Error('boom\nand more'); }), /target "bowl": its energy throws on a point of shape \[2\]: boom/);
    refuses('wrong index', () => compiled((x: NpArray) => x.slice(7).mul(1)), /target "bowl"/);
    refuses('shapes', () => compiled((x: NpArray) => x.add(np.zeros([3])).sum()), /target "bowl"/);
    refuses('unknown primitive', () => compiled((x: NpArray) => np.correlate(x, x).sum()), /target "bowl": \S+target\.test\.ts:\d+: the engine cannot run the primitive "conv"/);
    const column = np.arange(20_000).reshape([20_000, 1]);
    refuses('too large', () => compiled((x: NpArray) => np.sin(x.sum().mul(column).add(column.transpose())).sum()),
      /target "bowl": one point takes arrays of \S+ numbers and \S+ operations; \S+ numbers fit/);
  });

  it('name the point where an energy or gradient is not finite', () => {
    refuses('NaN', () => compiled((x: NpArray) => np.log(x.slice(0).sub(100)).add(bowl(x))), /target "bowl": energy is NaN at the point \(0\.00000, 0\.00000\) of its base/);
    refuses('infinite', () => compiled((x: NpArray) => np.reciprocal(np.maximum(x.slice(0), 0)).add(bowl(x))), /energy is Infinity at the point/);
    refuses('gradient', () => compiled((x: NpArray) => np.sqrt(np.square(x.slice(0)).sub(np.square(np.absolute(x.slice(0))))).add(bowl(x))), /gradient of its energy is not finite at the point .* of 64 base samples/);
    compiled((x: NpArray) => np.sqrt(np.square(x).sum()));
  });

  it('let an energy be Infinity at some points where walls are allowed, and nothing else', () => {
    const walled = (energy: TargetDefinition['energy']): void => {
      const target = defineTarget({ ...good, energy });
      checkEnergy(target, compileEnergy(target), true);
    };
    const half = (beyond: number) => (x: NpArray): NpArray => np.where(x.slice(0).greater(0.5), bowl(x).mul(0).add(beyond), bowl(x));
    walled(half(Infinity));
    refuses('NaN', () => walled(half(NaN)), /energy is NaN at the point/);
    refuses('no bottom', () => walled(half(-Infinity)), /energy is -Infinity at the point/);
    refuses('no mass at all', () => walled((x: NpArray) => bowl(x).mul(0).add(Infinity)), /energy is Infinity at the point/);
  });

  it('take a batched energy for training', async () => {
    const target = defineTarget({ ...good, batchedEnergy: (x) => np.square(x).sum(1).mul(0.5) });
    const x = [1, 2, 3, 4];
    const one = (await runProgram(trace(batchEnergy(target), [{ shape: [2, 2] }]), [x], 'float64'))[0];
    const other = (await runProgram(trace(batchEnergy(defineTarget(good)), [{ shape: [2, 2] }]), [x], 'float64'))[0];
    assert.deepEqual([one, other], [[2.5, 12.5], [2.5, 12.5]], 'both forms');
  });
});

describe('targetTruth', () => {
  it('is quadrature in one and two dimensions', () => {
    const target = defineTarget({ name: 'bell', dimension: 1, energy: (x) => np.square(x.slice(0).sub(0.5)).mul(2), box: [-4, 4], observables: [{ name: 'x', value: (x) => x[0] }] });
    const { logZ, observables, modeMasses } = targetTruth(target, compileEnergy(target));
    assert.ok(Math.abs((logZ ?? NaN) - 0.5 * Math.log(Math.PI / 2)) < 1e-10 && Math.abs((observables[0] ?? NaN) - 0.5) < 1e-10 && modeMasses === null, 'a Gaussian');
  });

  it('is what the definition knows in three', () => {
    const known = { assign: () => 0, names: ['all'], exact: [1] };
    const target = defineTarget({ ...good, dimension: 3, logZ: 1.5 * Math.log(2 * Math.PI), modes: known, observables: [{ name: 'x', value: (x) => x[0], exact: 0 }, { name: 'y', value: (x) => x[1] }] });
    assert.deepEqual(targetTruth(target, compileEnergy(target)), { logZ: 1.5 * Math.log(2 * Math.PI), modeMasses: [1], observables: [0, null], source: 'definition' }, 'from the definition');
    const bare = defineTarget({ ...good, dimension: 3 });
    assert.deepEqual(targetTruth(bare, compileEnergy(bare)).logZ, null, 'unknown');
  });
});

describe('the base', () => {
  const bases: Record<string, Base> = {
    plane: { domain: [line(-4, 4), line(-6, 6)], mean: Float64Array.of(0.5, -1), standardDeviation: Float64Array.of(1, 2) },
    torus: { domain: [circle(-Math.PI, Math.PI), circle(0, 3)], mean: Float64Array.of(0, 0), standardDeviation: Float64Array.of(1, 1) },
    mixed: { domain: [circle(0, 2), line(-5, 5), circle(-1, 1)], mean: Float64Array.of(9, 0.3, 9), standardDeviation: Float64Array.of(9, 0.7, 9) },
  };
  const moments = ({ domain, mean, standardDeviation }: Base, j: number): { mean: number; variance: number } => {
    const { kind, low, high } = domain[j];
    return kind === 'torus' ? { mean: (low + high) / 2, variance: (high - low) ** 2 / 12 } : { mean: mean[j], variance: standardDeviation[j] ** 2 };
  };

  for (const [name, base] of Object.entries(bases)) {
    const d = base.domain.length;
    it(`${name}: is normalised`, () => {
      // Midpoint rule over ±8 standard deviations and whole circles.
      const n = d === 2 ? 200 : 40;
      const ranges = base.domain.map(({ kind, low, high }, j) => (kind === 'torus' ? [low, high] : [base.mean[j] - 8 * base.standardDeviation[j], base.mean[j] + 8 * base.standardDeviation[j]]));
      const x = Float64Array.from({ length: n ** d * d }, (_, i) => {
        const j = i % d;
        const index = Math.floor(Math.floor(i / d) / n ** j) % n;
        return ranges[j][0] + ((index + 0.5) / n) * (ranges[j][1] - ranges[j][0]);
      });
      const energies = new Float64Array(n ** d);
      baseEnergies(base, x, n ** d, energies);
      const cell = ranges.reduce((product, [low, high]) => product * ((high - low) / n), 1);
      const z = energies.reduce((sum, energy) => sum + Math.exp(-energy), 0) * cell;
      assert.ok(Math.abs(z - 1) < 1e-10, `∫ exp(−U0) = ${z}`);
    });

    it(`${name}: has the same energy as an array program`, async () => {
      const x = new Float64Array(6 * d);
      sampleBase(base, keyFromSeed(3), 0, 6, x);
      const energies = new Float64Array(6);
      baseEnergies(base, x, 6, energies);
      const [found] = await runProgram(trace(batchBaseEnergy(base), [{ shape: [6, d] }]), [x], 'float64');
      assert.ok(distance(found, energies) < 1e-14, `${found.join()} for ${energies.join()}`);
    });

    for (const [kind, sampler] of Object.entries(baseSamplers)) {
      it(`${name}, ${kind}: samples have its means, variances and no correlations`, () => {
        const n = 20_000;
        const x = new Float64Array(n * d);
        sampler(base, keyFromSeed(4), 0, n, x);
        const column = (j: number): Float64Array => Float64Array.from({ length: n }, (_, i) => x[i * d + j]);
        const standard = base.domain.map((_, j) => column(j).map((value) => (value - moments(base, j).mean) / Math.sqrt(moments(base, j).variance)));
        const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / n;
        standard.forEach((z, j) => {
          assert.ok(Math.abs(mean(z)) < 4.5 / Math.sqrt(n), `mean of coordinate ${j}: ${mean(z)} standard deviations off`);
          assert.ok(Math.abs(mean(z.map((value) => value * value)) - 1) < 4.5 * Math.sqrt(2 / n), `variance of coordinate ${j}`);
          for (let k = 0; k < j; k++) assert.ok(Math.abs(mean(z.map((value, i) => value * standard[k][i]))) < 4.5 / Math.sqrt(n), `coordinates ${j} and ${k} are correlated`);
          if (base.domain[j].kind === 'torus') assert.ok(column(j).every((value) => value >= base.domain[j].low && value < base.domain[j].high), `coordinate ${j} lies on its circle`);
        });
      });

      it(`${name}, ${kind}: does not depend on how the stream is split`, () => {
        fc.assert(fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1000 }), (cut, seed) => {
          const key: Key = keyFromSeed(seed);
          const [whole, parts] = [new Float64Array(40 * d), new Float64Array(40 * d)];
          sampler(base, key, 5, 40, whole);
          sampler(base, key, 5, cut, parts);
          sampler(base, key, 5 + cut, 40 - cut, parts.subarray(cut * d));
          assert.deepEqual(parts, whole, `cut at ${cut}`);
        }), { seed: 1, numRuns: 20 });
      });
    }
  }

  it('lattice points fill the base more evenly than independent ones', () => {
    const base = bases.plane;
    const n = 2048;
    const error = (sampler: typeof sampleBase): number => {
      let squares = 0;
      for (let seed = 0; seed < 8; seed++) {
        const x = new Float64Array(2 * n);
        sampler(base, keyFromSeed(seed), 0, n, x);
        squares += (x.reduce((sum, value, i) => sum + (i % 2 === 0 ? (value - 0.5) : 0), 0) / n) ** 2;
      }
      return Math.sqrt(squares / 8);
    };
    const [even, independent] = [error(latticeBase), error(sampleBase)];
    assert.ok(even < 0.2 * independent, `${even} against ${independent}`);
  });

  it('knows the trace of its covariance', () => {
    assert.ok(Math.abs(traceOfCovariance(bases.plane) - 5) < 1e-15, 'plane');
    assert.ok(Math.abs(traceOfCovariance(bases.mixed) - (4 / 12 + 0.49 + 4 / 12)) < 1e-15, 'mixed');
  });
});

describe('circles', () => {
  it('wrap into [low, high)', () => {
    fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -10, max: 10, noNaN: true }), fc.double({ min: 0.01, max: 20, noNaN: true }), (value, low, period) => {
      const high = low + period;
      const wrapped = wrapCoordinate(value, low, high);
      assert.ok(wrapped >= low && wrapped < high, `${wrapped} outside [${low}, ${high})`);
      const turns = (value - wrapped) / (high - low);
      assert.ok(Math.abs(turns - Math.round(turns)) < 1e-6, `${turns} turns`);
    }), { seed: 1 });
    assert.equal(wrapCoordinate(-1e-20, 0, 1), 0, 'just below the seam');
  });

  it('only circles are wrapped', () => {
    const x = Float64Array.of(7, 7, -1, -1);
    wrapPoints([circle(0, 2), line(0, 2)], x, 2);
    assert.deepEqual(Array.from(x), [1, 7, 1, -1], 'points');
  });
});
