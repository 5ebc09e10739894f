/**
 * The coordinate of the period: its quantile in a density that has more room where circular orbits fit, so that modes
 * of a thousandth of the range become a tenth and more of it. Nothing is assumed by it: any density that is positive on
 * the whole range gives a coordinate, and the energy has the change of measure.
 */
import { held, np, withChange } from 'jeffreys-flow';
import { AtOrbit, jittersOf, type Observed } from './evidence.ts';
import { campaigns, prior } from './model.ts';

/** An array of the library's. */
type Arrayed = ReturnType<typeof np.array>;

const LOW = Math.log(prior.period[0]);
const RANGE = Math.log(prior.period[1] / prior.period[0]);

/** What the prior has of the density: no period is without room. */
const UNIFORM = 0.25;
/** Frequencies per alias: a peak is some three of them wide. */
const FREQUENCIES = 60;
/** A peak counts by this power of its evidence: how high it is depends on the shape of the orbit, too. */
const POWER = 0.35;
/** Peaks that count for less, beside the highest, have what the prior has. */
const LEAST = 1e-3;

/** A logistic law of log P. */
interface Peak {
  readonly share: number;
  readonly centre: number;
  readonly scale: number;
}

/** Where circular orbits have most evidence, the jitter at its mean; scales are the peaks' standard deviations. */
function peaksOf(data: Observed): Peak[] {
  const jitters = jittersOf(data, 1);
  const at = new AtOrbit(data, jitters, jitters[0].constant);
  const [slow, fast] = [1 / prior.period[1], 1 / prior.period[0]];
  const count = Math.ceil((fast - slow) * campaigns.every * FREQUENCIES);
  const step = (fast - slow) / count;
  const logs = Float64Array.from({ length: count + 1 }, (_, i) =>
    Math.log(at.integrate(1 / (slow + i * step), 0, 0).evidence));
  const highest = logs.reduce((most, each) => Math.max(most, each));
  const found: Peak[] = [];
  for (let i = 1; i < count; i++) {
    const share = Math.exp(POWER * (logs[i] - highest));
    if (share < LEAST || logs[i] < logs[i - 1] || logs[i] <= logs[i + 1]) continue;
    // The parabola through three points.
    const bend = 2 * logs[i] - logs[i - 1] - logs[i + 1];
    const frequency = slow + (i + (logs[i + 1] - logs[i - 1]) / (2 * bend)) * step;
    found.push({ share, centre: -Math.log(frequency), scale: step / (frequency * Math.sqrt(bend)) });
  }
  const total = found.reduce((sum, { share }) => sum + share, 0);
  return found.map((peak) => ({ ...peak, share: ((1 - UNIFORM) * peak.share) / total }));
}

/** After bisections to a fifth of the narrowest peak, Newton's steps find log P to rounding. */
const [BISECTIONS, NEWTON_STEPS] = [14, 5];

/** A coordinate in [0, 1] in place of log P. */
export interface PeriodCoordinate {
  /** log P at a coordinate. */
  readonly logPeriod: (v: number) => number;
  /** The same with arrays; and log dv / d log P, the log density that the coordinate is a quantile of. */
  readonly withDensity: (v: Arrayed) => { readonly logPeriod: Arrayed; readonly logDensity: Arrayed };
}

export function periodCoordinate(data: Observed): PeriodCoordinate {
  const peaks = peaksOf(data);
  const centres = np.array(peaks.map(({ centre }) => centre));
  const rates = np.array(peaks.map(({ scale }) => 1 / (2 * scale)));
  const halves = np.array(peaks.map(({ share }) => share / 2));
  const slopes = np.array(peaks.map(({ share, scale }) => share / (4 * scale)));
  const first = (1 - UNIFORM) / 2 - (UNIFORM * LOW) / RANGE;

  // Of log P: the share of the density below it, and the density. The laws' tails beyond the range are below 1e-50.
  const waves = (y: Arrayed): Arrayed => np.tanh(y.sub(centres).mul(rates));
  const below = (y: Arrayed, wave: Arrayed): Arrayed => wave.mul(halves).sum().add(y.mul(UNIFORM / RANGE)).add(first);
  const density = (wave: Arrayed): Arrayed => np.square(wave).neg().add(1).mul(slopes).sum().add(UNIFORM / RANGE);

  function solve(v: Arrayed): Arrayed {
    const known = held(v);
    let y = known.mul(0).add(LOW + RANGE / 2);
    for (let i = 2; i <= BISECTIONS; i++) {
      const step = RANGE / 2 ** i;
      y = np.where(below(y, waves(y)).less(known), y.add(step), y.sub(step));
    }
    for (let i = 0; i < NEWTON_STEPS; i++) {
      const wave = waves(y);
      y = y.sub(below(y, wave).sub(known).div(density(wave)));
    }
    return withChange(y, [v], (dv) => dv.div(density(waves(y))));
  }

  const share = (y: number): number => peaks.reduce(
    (sum, peak) => sum + (peak.share / 2) * Math.tanh((y - peak.centre) / (2 * peak.scale)),
    first + (UNIFORM * y) / RANGE,
  );
  return {
    logPeriod: (v) => {
      let [low, high] = [LOW, LOW + RANGE];
      for (let y = (low + high) / 2; low < y && y < high; y = (low + high) / 2) {
        if (share(y) < v) low = y;
        else high = y;
      }
      return high;
    },
    withDensity: (v) => {
      const logPeriod = solve(v);
      return { logPeriod, logDensity: np.log(density(waves(logPeriod))) };
    },
  };
}
