import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { makeData, observations, truth } from '../../examples/radial-velocity/data.ts';
import { AtOrbit, evidence, jittersOf, readObserved } from '../../examples/radial-velocity/evidence.ts';
import { cholesky, eigen } from '../../examples/radial-velocity/linearAlgebra.ts';
import { covarianceMatrix, middle, prior } from '../../examples/radial-velocity/model.ts';
import { known, modeNames, modeOf, panelEdges } from '../../examples/radial-velocity/modes.ts';
import { eccentricAnomaly, velocity } from '../../examples/radial-velocity/orbit.ts';
import { periodCoordinate } from '../../examples/radial-velocity/periodogram.ts';
import target, { energyOf, parametersOf } from '../../examples/radial-velocity/target.ts';
import { valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { readTable } from '../../src/store/table.ts';

const folder = new URL('../../examples/radial-velocity/', import.meta.url);
const { data } = readTable(new URL('data.csv', folder));
const [times, velocities] = [0, 1].map((j) => data.filter((_, i) => i % 2 === j));

/** log N(x; 0, matrix), by its Cholesky factor: no eigenvectors. */
function logNormal(x: Float64Array, matrix: Float64Array): number {
  const n = x.length;
  const L = cholesky(matrix, n);
  const z = new Float64Array(n);
  let sum = n * Math.log(2 * Math.PI);
  for (let i = 0; i < n; i++) {
    z[i] = x[i];
    for (let j = 0; j < i; j++) z[i] -= L[i * n + j] * z[j];
    z[i] /= L[i * n + i];
    sum += z[i] * z[i] + 2 * Math.log(L[i * n + i]);
  }
  return -sum / 2;
}

/** U with the orbit's usual elements, for the first n of the velocities. */
function plainEnergy(x: Float64Array, n: number): number {
  const [logPeriod, a, b, p, q, offset, logJitter] = x;
  const ratio = Math.hypot(p, q);
  const anomaly = Math.atan2(-q, p);
  const planet = {
    period: Math.exp(logPeriod), semiAmplitude: Math.hypot(a, b), anomaly, argument: Math.atan2(b, a) - anomaly,
    eccentricity: ratio / Math.sqrt(1 + ratio * ratio),
  };
  const t = times.subarray(0, n);
  const residuals = t.map((each, i) => velocities[i] - offset - velocity(planet, each - middle));
  const gaussian = (value: number, mean: number, deviation: number): number =>
    -0.5 * ((value - mean) / deviation) ** 2 - Math.log(deviation * Math.sqrt(2 * Math.PI));
  const logPrior = gaussian(a, 0, prior.velocity) + gaussian(b, 0, prior.velocity) + gaussian(p, 0, prior.eccentricity)
    + gaussian(q, 0, prior.eccentricity) + gaussian(offset, 0, prior.offset)
    + gaussian(logJitter, prior.logJitter.mean, prior.logJitter.standardDeviation)
    - Math.log(Math.log(prior.period[1] / prior.period[0]));
  return -logNormal(residuals, covarianceMatrix(t, Math.exp(logJitter))) - logPrior;
}

/** By differences of fourth order. */
const plainGradient = (x: Float64Array, n: number): number[] => Array.from(x, (_, j) => {
  const h = j === 0 ? 2e-6 : 1e-3; // A short period makes hundreds of turns.
  const at = (step: number): number => plainEnergy(x.map((each, i) => (i === j ? each + step * h : each)), n);
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
});

const points = [
  [Math.log(39.8), 1.4, -1.7, 0.3, 0.2, 1.1, -0.3], [Math.log(47), -2, 0.8, -0.4, 0.1, 0.5, 0.2],
  [Math.log(3.3), 0.5, 4, 0.1, -0.9, -2, -2], [Math.log(6000), -3, -5, 0.01, 0.02, 3, -1],
].map((point) => Float64Array.from(point));

const close = (actual: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected)), `${what}: ${actual} for ${expected}`);

describe('radial velocities: data', () => {
  it('data.csv is what data.ts makes', () => {
    assert.equal(readFileSync(new URL('data.csv', folder), 'utf8'), makeData());
    assert.notEqual(makeData({ seed: truth.seed + 1 }), makeData());
    assert.equal(times.length, observations);
  });

  it('its axes make the covariance diagonal', () => {
    const n = times.length;
    const matrix = covarianceMatrix(times);
    const { values, vectors } = eigen(matrix, n);
    for (const [i, j] of [[0, 0], [3, 4], [10, 150], [199, 199]]) {
      const entry = values.reduce((sum, value, k) => sum + vectors[k * n + i] * value * vectors[k * n + j], 0);
      close(entry, matrix[i * n + j], 1e-11, `entry ${i}, ${j}`);
    }
  });

  it("Kepler's equation is solved", () => {
    for (const e of [0, 0.2, 0.9, 0.99]) for (const M of [-20, -0.01, 0, 1e-6, 0.5, 3.1, 7]) {
      const E = eccentricAnomaly(M, e);
      close(E - e * Math.sin(E), M, 1e-14, `e = ${e}, M = ${M}`);
    }
  });

  it('panels cover the periods, and none has two modes', () => {
    const edges = panelEdges();
    const ends = [edges[0][1], edges[edges.length - 1][0]].map(Math.exp);
    close(ends[0], prior.period[1], 1e-12, 'longest');
    close(ends[1], prior.period[0], 1e-12, 'shortest');
    edges.forEach(([low, high], i) => {
      assert.ok(low < high && (i === 0 || edges[i - 1][0] === high), `panel ${i}`);
      assert.equal(modeOf(low + 1e-9 * (high - low)), modeOf(high - 1e-9 * (high - low)), `panel ${i}`);
    });
    assert.deepEqual(modeNames.slice(0, -1).map((name) => modeNames[modeOf(Math.log(parseFloat(name)))]),
      modeNames.slice(0, -1));
  });
});

describe('radial velocities: energy', () => {
  const differentiated = (energy: (x: NpArray) => NpArray): ReturnType<typeof compileReference> =>
    compileReference((x) => valueAndGradient(energy)(x), [{ shape: [7] }]);

  it('is that of plain numbers, and so is its gradient', async () => {
    const reference = differentiated(energyOf(times, velocities));
    const wrong: number[] = [];
    for (const x of points) {
      const [[value], gradient] = await reference.run([x]);
      // The reference executor's own exp is good to 1e-6, and a short period has hundreds of turns.
      close(value, plainEnergy(x, times.length), 1e-4, 'energy');
      const scale = Math.hypot(...gradient);
      plainGradient(x, times.length).forEach((slope, j) => {
        assert.ok(Math.abs(gradient[j] - slope) <= 1e-3 * scale, `slope ${j}: ${gradient[j]} for ${slope}`);
      });
      // Another orientation of the orbit is another energy.
      wrong.push(plainEnergy(x.map((each, j) => (j === 4 ? -each : each)), times.length) - value);
    }
    assert.ok(wrong.some((gap) => Math.abs(gap) > 1), wrong.join(", "));
  });

  it('is compiled exactly, of few velocities', () => {
    const n = 12;
    const energy = energyOf(times.subarray(0, n), velocities.subarray(0, n));
    const compiled = compileEnergy({ ...target, energy });
    const [values, gradients] = [new Float64Array(1), new Float64Array(7)];
    for (const x of points) {
      compiled.energiesAndGradients(x, 1, values, gradients);
      close(values[0], plainEnergy(x, n), 1e-11, 'energy');
      plainGradient(x, n).forEach((slope, j) => close(gradients[j], slope, 1e-7, `slope ${j}`));
    }
  });
});

describe('radial velocities: coordinates', () => {
  const { logPeriod } = periodCoordinate(readObserved());
  const [low, high] = prior.period.map(Math.log);

  it('the period has the whole range, and most of it near the aliases', () => {
    close(logPeriod(0), low, 1e-12, 'lowest');
    close(logPeriod(1), high, 1e-12, 'highest');
    const shares = Array.from({ length: 1000 }, (_, i) => logPeriod((i + 0.5) / 1000));
    assert.ok(shares.every((each, i) => i === 0 || each > shares[i - 1]));
    const room = modeNames.map((_, k) => shares.filter((each) => modeOf(each) === k).length / 1000);
    assert.ok(room.slice(0, -1).every((each) => each > 0.05), room.join(', '));
    assert.ok(room[modeNames.length - 1] > 0.25, room.join(', '));
  });

  it('the energy at a point is that of its parameters and of their room', () => {
    const compiled = compileEnergy(target);
    const [values, gradients] = [new Float64Array(1), new Float64Array(7)];
    const [{ high: width }] = target.domain;
    const room = (x: Float64Array): number => {
      // d(parameters) / d(point), which is diagonal.
      const h = 1e-5;
      return x.reduce((sum, each, j) => {
        const [above, below] = [h, -h].map((step) => parametersOf(x.map((old, i) => (i === j ? each + step : old)))[j]);
        return sum + Math.log((above - below) / (2 * h));
      }, 0);
    };
    for (const share of [0.003, 0.07, 0.3, 0.5, 0.77, 0.995]) {
      const x = Float64Array.of(share * width, -2, 0.3, 0.7, -0.9, 1.2, 0.4);
      compiled.energiesAndGradients(x, 1, values, gradients);
      close(values[0], plainEnergy(parametersOf(x), times.length) - room(x), 1e-8, `energy at ${share}`);
    }
  });
});

describe('radial velocities: evidence', () => {
  it('integrates the linear parameters as a Gaussian of their covariance', () => {
    const observed = readObserved();
    const [period, e, anomaly] = [39.8, 0.35, 2];
    const n = times.length;
    const columns = [0, -Math.PI / 2].map((argument) => times.map((t) => velocity(
      // cos (f − π/2) is sin f, and e cos ω vanishes there.
      { period, semiAmplitude: 1, eccentricity: e, argument, anomaly }, t - middle)));
    const matrix = covarianceMatrix(times, Math.exp(prior.logJitter.mean)).map((entry, i) => {
      const [j, k] = [Math.floor(i / n), i % n];
      const orbit = columns.reduce((sum, column) => sum + column[j] * column[k], 0);
      return entry + prior.velocity ** 2 * orbit + prior.offset ** 2;
    });
    const reference = -380;
    const found = new AtOrbit(observed, jittersOf(observed, 1), reference).integrate(period, e, anomaly);
    close(Math.log(found.evidence) + reference, logNormal(velocities, matrix), 1e-10, 'log density');
  });

  it('is known as the README tells it', () => {
    const told = readFileSync(new URL('README.md', folder), 'utf8');
    const [, logZ, error] = /log Z = −([\d.]+) ± ([\d.]+)/.exec(told) ?? [];
    assert.deepEqual([-Number(logZ), Number(error)], [known.logZ, known.error]);
    const rows = [...told.matchAll(/^\| ([\w. ]+) \| ([\d.]+) % \|/gm)];
    const masses = rows.map(([, name, share]) => [name, Number(share)]);
    assert.deepEqual(masses, modeNames.map((name, k) => [name, Math.round(1e4 * known.masses[k]) / 100]));
    close(known.masses.reduce((sum, mass) => sum + mass, 0), 1, 1e-12, 'masses');
  });

  it('coarsely, of the largest mode, is within its error of what is known', () => {
    const coarse = evidence(readObserved(), {
      nodes: { period: 8, eccentricity: 5, anomaly: 8, jitter: 16 }, periods: [39, 44], tolerance: 0.2,
    });
    const mode = modeOf(Math.log(41.3));
    assert.equal(coarse.masses[mode], 1);
    const [logZ, error] = [known.logZ + Math.log(known.masses[mode]), coarse.error + 2 * known.error];
    assert.ok(error < 0.5, `${error}`);
    assert.ok(Math.abs(coarse.logZ - logZ) < error, `${coarse.logZ} ± ${error} for ${logZ}`);
  });
});
