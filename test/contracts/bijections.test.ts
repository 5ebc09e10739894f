/** Every registered bijection passes every check; planted mutants do not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { bijections, compileMaps, identityError, inverseError, jacobianError, logDetError, outsideError, randomPoints, seamError, type Bijection, type Maps } from './bijections.ts';

const BATCH = 16;
const seeds = fc.record({ seed: fc.nat({ max: 1_000_000 }), scale: fc.constantFrom(0.3, 1, 3) });

interface Sample {
  readonly parameters: Float64Array;
  readonly x: Float64Array;
}
const sample = (bijection: Bijection, seed: number, scale: number): Sample => {
  const key = keyFromSeed(seed);
  return { parameters: bijection.random(key, scale), x: randomPoints(bijection.domain, key, BATCH) };
};

const double = new Map<string, Promise<Maps>>();
const single = new Map<string, Promise<Maps>>();
const compiled = (bijection: Bijection, precision: 'float32' | 'float64'): Promise<Maps> => {
  const cache = precision === 'float64' ? double : single;
  const found = cache.get(bijection.name) ?? compileMaps(bijection, precision, BATCH, precision === 'float64');
  cache.set(bijection.name, found);
  return found;
};

for (const bijection of bijections) {
  describe(bijection.name, () => {
    it('inverts: to 1e-10 in float64 and 1e-5 in float32', async () => {
      const [exact, rounded] = [await compiled(bijection, 'float64'), await compiled(bijection, 'float32')];
      await fc.assert(fc.asyncProperty(seeds, async ({ seed, scale }) => {
        const { parameters, x } = sample(bijection, seed, scale);
        const inFloat64 = await inverseError(exact, bijection, parameters, x);
        assert.ok(inFloat64.point < 1e-10 && inFloat64.logDet < 1e-6, `float64: ${JSON.stringify(inFloat64)}`);
        const inFloat32 = await inverseError(rounded, bijection, parameters, x, exact);
        assert.ok(inFloat32.point < 1e-5, `float32: ${JSON.stringify(inFloat32)}`);
      }), { seed: 1, numRuns: 3 });
    });

    it('has the log-determinant of its Jacobian, in both directions', async () => {
      const maps = await compiled(bijection, 'float64');
      await fc.assert(fc.asyncProperty(seeds, async ({ seed, scale }) => {
        const { parameters, x } = sample(bijection, seed, scale);
        const error = await logDetError(maps, bijection, parameters, x);
        assert.ok(error < 1e-8, `off by ${error}`);
      }), { seed: 2, numRuns: 2 });
      const { parameters, x } = sample(bijection, 5, 1);
      const error = await jacobianError(maps, bijection, parameters, x);
      assert.ok(error < 1e-5, `the Jacobian is off by ${error} from central differences`);
    });

    it('is in float32 what it is in float64', async () => {
      const [exact, rounded] = [await compiled(bijection, 'float64'), await compiled(bijection, 'float32')];
      const { parameters, x } = sample(bijection, 8, 1);
      for (const direction of ['forward', 'inverse'] as const) {
        const [a, b] = [await exact.map(direction, parameters, x), await rounded.map(direction, parameters, x)];
        const gap = Math.max(...a.logDet.map((value, i) => Math.abs(value - b.logDet[i])));
        assert.ok(gap < 1e-3, `${direction}: log-determinants differ by ${gap}`);
      }
    });

    it('is the identity at the start, to 1e-12 and 1e-6', async () => {
      for (const seed of [1, 2]) {
        const x = sample(bijection, seed, 1).x;
        const parameters = bijection.start(keyFromSeed(seed));
        const errors = [await identityError(await compiled(bijection, 'float64'), bijection, parameters, x), await identityError(await compiled(bijection, 'float32'), bijection, parameters, x)];
        assert.ok(errors[0] < 1e-12 && errors[1] < 1e-6, `off by ${errors.join(' and ')}`);
      }
    });

    if (bijection.boundless === true) return;

    if (bijection.stretched !== true) it('leaves what lies outside the box alone', async () => {
      const maps = await compiled(bijection, 'float64');
      for (const seed of [3]) {
        const { parameters, x } = sample(bijection, seed, 2);
        const error = await outsideError(maps, bijection, parameters, x);
        assert.ok(error < 1e-8, `off by ${error}`);
      }
    });

    it('is continuous with its slope at the seams of circles and the ends of boxes', async () => {
      const maps = await compiled(bijection, 'float64');
      const { parameters, x } = sample(bijection, 6, 2);
      for (let j = 0; j < bijection.domain.length; j++) {
        const { value, slope } = await seamError(maps, bijection, parameters, x, j);
        assert.ok(value < 1e-9 && slope < 1e-5, `coordinate ${j}: jumps of ${value} in value and ${slope} in slope`);
      }
    });
  });
}

describe('planted mutants are caught', () => {
  const find = (name: string): Bijection => {
    const found = bijections.find((bijection) => bijection.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  const spline = find('line spline, 8 bins');
  const circular = find('circle spline, 8 bins');
  const caught = async (mutant: Bijection, check: (maps: Maps, sampled: Sample) => Promise<number>, tolerance: number): Promise<void> => {
    const maps = await compileMaps(mutant, 'float64', BATCH);
    const error = await check(maps, sample(mutant, 7, 1));
    await maps.dispose();
    assert.ok(error > 100 * tolerance, `the check says ${error}`);
  };

  it('the wrong sign of the log-determinant', () => caught({ ...spline, map: (parameters, x, direction) => {
    const [image, logDet] = spline.map(parameters, x, direction);
    return [image, logDet.neg()];
  } }, (maps, { parameters, x }) => logDetError(maps, spline, parameters, x), 1e-8));

  it('a log-determinant of slopes in the wrong order', () => caught({ ...spline, map: (parameters, x, direction) => {
    const [image] = spline.map(parameters, x, direction);
    const [, logDet] = spline.map(np.concatenate([parameters.slice([0, 16]), np.flip(parameters.slice([16, 23]))]), x, direction);
    return [image, logDet];
  } }, (maps, { parameters, x }) => logDetError(maps, spline, parameters, x), 1e-8));

  it('the forward log-determinant returned for the inverse', () => caught({ ...spline, map: (parameters, x, direction) => {
    const [image, logDet] = spline.map(parameters, x, direction);
    return [image, direction === 'forward' ? logDet : spline.map(parameters, image, 'forward')[1]];
  } }, (maps, { parameters, x }) => logDetError(maps, spline, parameters, x), 1e-8));

  it('an inverse of other parameters', () => caught({ ...spline, map: (parameters, x, direction) =>
    spline.map(direction === 'forward' ? parameters : parameters.mul(1.001), x, direction) },
  async (maps, { parameters, x }) => (await inverseError(maps, spline, parameters, x)).point, 1e-10));

  it('a kink at the seam', () => caught({ ...circular, map: (_parameters, x, direction) => {
    // x + x(1 − x)/4 and its inverse: the ends are fixed, with slopes 5/4 and 3/4.
    const before = direction === 'forward' ? x : np.sqrt(np.subtract(1.5625, x)).mul(-2).add(2.5);
    const logSlope = np.log(np.subtract(1.25, before.mul(0.5))).sum(1);
    return direction === 'forward' ? [x.mul(np.subtract(1.25, x.mul(0.25))), logSlope] : [before, logSlope.neg()];
  } }, async (maps, { parameters, x }) => {
    const others = [(await inverseError(maps, circular, parameters, x)).point, await logDetError(maps, circular, parameters, x)];
    assert.ok(others.every((error) => error < 1e-10), `a bijection otherwise: ${others.join(', ')}`);
    return (await seamError(maps, circular, parameters, x, 0)).slope;
  }, 1e-5));

  it("a log-determinant of one's own bijection that is the other direction's", async () => {
    const own = find('sinh-arcsinh map, 3 coordinates');
    await caught({ ...own, map: (parameters, x, direction) => {
      const [image, logDet] = own.map(parameters, x, direction);
      return [image, direction === 'forward' ? logDet : logDet.neg()];
    } }, (maps, { parameters, x }) => logDetError(maps, own, parameters, x), 1e-8);
  });

  it('a start that is not the identity', () => caught({ ...spline, start: (key) => spline.random(key, 0.01) },
    (maps, { x }) => identityError(maps, spline, spline.random(keyFromSeed(1), 0.01), x), 1e-12));
});
