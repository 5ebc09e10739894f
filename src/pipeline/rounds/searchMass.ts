/** log of the mass that samples stand for, by Bennett's ratio to a normal law of their mean and covariance. */
import { foldIn, type Key } from '../../engine/random.ts';
import { fillNormalRows } from '../../engine/simd/rows.ts';
import { bennett } from '../../estimators/bennett.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { outward } from '../../targets/frame.ts';
import { frameOfWell, sampledLaw, type WellLaw } from './searchMetric.ts';

/** Points of the law. */
const DRAWN = 4000;

interface Samples {
  /** Of circles; Infinity of lines. [d] */
  readonly periods: ArrayLike<number>;
  /** [n, d] */
  readonly points: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
}

/** The law of samples with its mass. Where the law and they do not meet, that is −⟨U⟩ and the law's entropy. */
export function weighedLaw(energy: EnergyEvaluator, { points, energies, periods }: Samples, key: Key): WellLaw {
  const law = sampledLaw(points, energies, periods);
  const d = law.centre.length;
  const w = new Float64Array(DRAWN * d);
  fillNormalRows(foldIn(key, 'law'), 0, DRAWN, d, w);
  const drawn = outward(frameOfWell(law), w, DRAWN);
  const ratios = (x: Float64Array, values: Float64Array): Float64Array => values.map((value, i) => {
    let squares = 0;
    for (let a = 0; a < d; a++) {
      let own = 0;
      for (let j = 0; j < d; j++) own += law.whitening[a * d + j] * (x[i * d + j] - law.centre[j]);
      squares += own * own;
    }
    return 0.5 * squares + 0.5 * d * Math.log(2 * Math.PI) + law.logDet - value;
  });
  const { value } = bennett(ratios(drawn, energiesAt(energy, drawn)), ratios(points, energies));
  return Number.isFinite(value) ? { ...law, logMass: value } : law;
}

function energiesAt(energy: EnergyEvaluator, x: Float64Array): Float64Array {
  const energies = new Float64Array(x.length / energy.dimension);
  energy.energies(x, energies.length, energies);
  return energies;
}
