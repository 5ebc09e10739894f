/**
 * R̂ of many short chains: whether they have forgotten where they began. Each short chain's mean is uncertain by
 * itself, so that split R̂ of short chains stays above 1 however well they mix; of chains that began alike together it
 * does not, and differs from 1 by what these remember.
 */
import { InputError } from '../errors.ts';
import { splitRhat, type SplitRhat } from './splitRhat.ts';

/** Groups of chains, and chains that a group has at least. */
const GROUPS = 32;
const FEWEST = 4;

/**
 * @param values shape [chains, draws], row-major @param starts of each chain, by which they are put together [chains]
 * @throws InputError if a shape does not fit or draws < 4
 * @see Margossian, Hoffman, Sountsov, Riou-Durand, Vehtari & Gelman 2024, "Nested R̂: Assessing the convergence of
 * Markov chain Monte Carlo when running many short chains", Bayesian Analysis; here chains of a group begin close to
 * each other, not at one point
 */
export function nestedRhat(values: Float64Array, starts: Float64Array): SplitRhat {
  const chains = starts.length;
  const draws = values.length / chains;
  if (!Number.isInteger(draws) || draws < 4) throw new InputError(
    `nestedRhat: needs values of shape [chains, draws] with at least 4 draws, got ${values.length} values for `
      + `${chains} chains`
  );
  const groups = Math.min(GROUPS, Math.floor(chains / FEWEST));
  if (groups < 2) return splitRhat(values, chains);
  const order = Array.from(starts, (_, chain) => chain).sort((a, b) => starts[a] - starts[b] || a - b);
  const size = Math.floor(chains / groups);
  // Draw by draw, so that its first half is that of all of its chains.
  const together = new Float64Array(groups * draws * size);
  for (let group = 0; group < groups; group++) {
    const first = Math.floor((group * chains) / groups);
    for (let k = 0; k < size; k++) {
      const from = order[first + k] * draws;
      for (let t = 0; t < draws; t++) together[(group * draws + t) * size + k] = values[from + t];
    }
  }
  return splitRhat(together, groups);
}
