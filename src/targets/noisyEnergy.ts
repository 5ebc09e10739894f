/** A target's noisy energy compiled: draws of ξ, and U(x; ξ) of batches. */
import { foldIn, keyFromSeed, threefry13, toUniform, word, type Key } from '../engine/random.ts';
import { InputError, reasonOf } from '../errors.ts';
import { sampleBase } from './base.ts';
import { checkGradient, QUICK_GRADIENT_CHECK } from './checkGradient.ts';
import { compileEnergy, type CompileEnergyOptions } from './compile.ts';
import { compileSum } from './compileSum.ts';
import { atDraw } from './fixedDraw.ts';
import type { NoiseDefinition, SumDefinition } from './noise.ts';
import type { NoisyEvaluator } from './noisyEvaluator.ts';
import { compileLoops, tracedPrograms } from './tracedPrograms.ts';
import type { Target } from './target.ts';

/** @throws InputError for a target without noise, or one that cannot be compiled */
export function compileNoisyEnergy(target: Target, options: CompileEnergyOptions = {}): NoisyEvaluator {
  const { sum, noise, name, hasEnergy } = target;
  if (sum !== undefined) return ofSum(target, sum, options);
  if (noise === undefined) throw new InputError(
    `target "${name}" has no noise: give \`noise\` or \`sum\` in its definition, or take sampler=tempering`
  );
  const programs = tracedPrograms(name, 'noise.energy', noise.energy, [[target.dimension], [noise.size]]);
  const { loops: [value, both] } = compileLoops(name, [programs.value, programs.valueAndGradient], options);
  return {
    dimension: target.dimension,
    size: noise.size,
    draw: ownDraws(name, noise),
    energies: (x, xi, n, energies) => value(n, [x, xi], [energies]),
    energiesAndGradients: (x, xi, n, energies, gradients) => both(n, [x, xi], [energies, gradients]),
    full: hasEnergy ? compileEnergy(target, options) : null,
    cost: null,
  };
}

function ofSum(target: Target, sum: SumDefinition, options: CompileEnergyOptions): NoisyEvaluator {
  const { full, batch, rowMeans } = compileSum(target, sum, options);
  const { data: { rows } } = sum;
  const plain: NoisyEvaluator = {
    dimension: target.dimension,
    size: sum.batch,
    draw: batchDraws(rows, sum.batch),
    energies: (x, xi, n, energies) => { batch(x, xi, n, energies, null); },
    energiesAndGradients: (x, xi, n, energies, gradients) => { batch(x, xi, n, energies, gradients); },
    full,
    cost: sum.batch / rows,
  };
  const centred = (points: Float64Array, count: number): NoisyEvaluator => {
    const means = rowMeans(points, count);
    const total = means.reduce((all, mean) => all + mean, 0);
    const shift = (xi: Float64Array, n: number, energies: Float64Array): void => {
      for (let i = 0; i < n; i++) {
        let part = 0;
        for (let j = 0; j < sum.batch; j++) part += means[xi[i * sum.batch + j]];
        energies[i] += total - (rows / sum.batch) * part;
      }
    };
    return {
      ...plain,
      energies(x, xi, n, energies) {
        plain.energies(x, xi, n, energies);
        shift(xi, n, energies);
      },
      energiesAndGradients(x, xi, n, energies, gradients) {
        plain.energiesAndGradients(x, xi, n, energies, gradients);
        shift(xi, n, energies);
      },
      centred,
    };
  };
  return { ...plain, centred };
}

/** Draws of a definition's own. @throws InputError (when drawn) for a draw of another length, or that is not finite */
function ownDraws(name: string, { size, draw }: NoiseDefinition): NoisyEvaluator['draw'] {
  return ({ k0, k1 }, first, n, xi) => {
    for (let i = 0; i < n; i++) {
      let index = 0;
      let drawn: ArrayLike<number>;
      try {
        drawn = draw(() => {
          threefry13(k0, k1, index++, first + i);
          return toUniform(word[0], word[1]);
        });
      } catch (error) {
        throw new InputError(`target "${name}": its noise.draw throws: ${reasonOf(error)}`, { cause: error });
      }
      if (drawn?.length !== size) throw new InputError(
        `target "${name}": noise.draw must return ${size} number${size === 1 ? '' : 's'} (noise.size), got `
          + `${drawn?.length === undefined ? typeof drawn : drawn.length}`
      );
      for (let j = 0; j < size; j++) {
        const value = drawn[j];
        if (!Number.isFinite(value)) throw new InputError(
          `target "${name}": noise.draw must return finite numbers, got ${String(value)} at index ${j}`
        );
        xi[i * size + j] = value;
      }
    }
  };
}

/** b different rows of n, by the first steps of a shuffle. */
function batchDraws(rows: number, batch: number): NoisyEvaluator['draw'] {
  const order = Float64Array.from({ length: rows }, (_, r) => r);
  const others = new Int32Array(batch);
  return ({ k0, k1 }: Key, first, n, xi) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < batch; j++) {
        threefry13(k0, k1, j, first + i);
        const other = j + Math.floor(toUniform(word[0], word[1]) * (rows - j));
        others[j] = other;
        const row = order[other];
        order[other] = order[j];
        order[j] = row;
        xi[i * batch + j] = row;
      }
      // Undone, so that a draw depends on nothing but its number.
      for (let j = batch - 1; j >= 0; j--) {
        const other = others[j];
        const row = order[other];
        order[other] = order[j];
        order[j] = row;
      }
    }
  };
}

/**
 * Points at which the noise is tried, draws at each, and how far its mean may be from the energy, in standard errors.
 */
const POINTS = 8;
const DRAWS = 2048;
const FARTHEST = 8;

/**
 * Try the noise at points of the base before any work is spent on it. @throws InputError where it is not finite, or
 * where its mean is not the energy, if that can be had
 */
export function checkNoisyEnergy(target: Target, noisy: NoisyEvaluator): void {
  const { name, base, dimension: d, sum } = target;
  const key = keyFromSeed(0);
  const points = new Float64Array(POINTS * d);
  sampleBase(base, key, 0, POINTS, points);
  const [x, xi] = [new Float64Array(DRAWS * d), new Float64Array(DRAWS * noisy.size)];
  const energies = new Float64Array(DRAWS);
  const gradients = new Float64Array(DRAWS * d);
  const full = new Float64Array(POINTS);
  noisy.full?.energies(points, POINTS, full);
  for (let p = 0; p < POINTS; p++) {
    const point = points.subarray(p * d, (p + 1) * d);
    const where = `at the point (${Array.from(point, (entry) => entry.toPrecision(6)).join(', ')}) of its base`;
    for (let i = 0; i < DRAWS; i++) x.set(point, i * d);
    noisy.draw(foldIn(key, p), 0, DRAWS, xi);
    if (p === 0) {
      const again = new Float64Array(xi.length);
      noisy.draw(foldIn(key, p), 0, DRAWS, again);
      if (again.some((value, i) => value !== xi[i])) throw new InputError(
        `target "${name}": noise.draw gives other numbers for the same random(); draw from random() alone, so `
          + 'that runs can be repeated'
      );
    }
    noisy.energiesAndGradients(x, xi, DRAWS, energies, gradients);
    const bad = energies.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new InputError(
      `target "${name}": its noisy energy is ${bad} ${where}; it must be finite there for every ξ`
    );
    if (gradients.some((value) => !Number.isFinite(value)))
      throw new InputError(`target "${name}": the gradient of its noisy energy is not finite ${where}`);
    // A sum has no bias by its making, and a single row that rules it is hardly ever drawn.
    if (noisy.full === null || sum !== undefined) continue;
    const mean = energies.reduce((total, value) => total + value, 0) / DRAWS;
    const variance = energies.reduce((total, value) => total + (value - mean) ** 2, 0) / (DRAWS - 1);
    const error = Math.sqrt(variance / DRAWS) + 1e-9 * (1 + Math.abs(mean));
    if (Math.abs(mean - full[p]) > FARTHEST * error) {
      throw new InputError(
        `target "${name}": the mean of its noisy energy is ${mean.toPrecision(6)} ± ${error.toPrecision(2)} `
          + `${where}, but its energy is ${full[p].toPrecision(6)}; the noise must have no bias (nor values so `
          + `rare that none is among ${DRAWS} draws)`
      );
    }
  }
  checkGradient(target, atDraw(noisy, key), { ...QUICK_GRADIENT_CHECK, what: 'its noisy energy' });
}
