import { nn, np } from '../engine/numpy.ts';
import { defineTarget, type Observable } from './target.ts';

const MODES = 40;
const HALF_WIDTH = 40;

/** Evenly spread without being a grid: the additive recurrence of the plastic number (Roberts 2018). [40, 2] */
const PLASTIC = 1.324717957244746;
const centres = Array.from({ length: MODES }, (_, k) => [1 / PLASTIC, 1 / PLASTIC ** 2].map(
  (step) => HALF_WIDTH * (2 * (((k + 1) * step) % 1) - 1)
));
/** Between 0.4 and 1.6, different in x and y. [40, 2] */
const deviations = centres.map((_, k) => [1 + 0.6 * Math.sin(k), 1 + 0.6 * Math.cos(2 * k)]);
const logHeights = deviations.map(([a, b]) => -Math.log(MODES) - Math.log(2 * Math.PI) - Math.log(a * b));

/** Waves as long as the square: they show where the mass lies, and not only how it is spread within a mode. */
const observables = ['x', 'y'].flatMap((name, j) => [Math.sin, Math.cos].map((f): Observable => ({
  name: `${f.name}(π${name}/40)`,
  value: (x) => f((Math.PI / HALF_WIDTH) * x[j]),
})));

/**
 * Forty equal narrow Gaussians spread over a square, in the manner of the mixture of Midgley et al. 2023; normalised:
 * log Z = 0.
 */
export const fortyModes = defineTarget({
  name: 'forty-modes',
  description: 'forty equal narrow Gaussians of different shapes, spread over a wide square',
  dimension: 2,
  energy: (point) => {
    const squares = np.square(point.sub(np.array(centres)).div(np.array(deviations))).sum(1);
    return nn.logsumexp(np.array(logHeights).sub(squares.mul(0.5))).mul(-1);
  },
  base: { mean: 0, standardDeviation: 24 },
  box: [-60, 60],
  modes: { centres, names: centres.map(([x, y]) => `(${x.toFixed(0)}, ${y.toFixed(0)})`) },
  observables,
  presets: { paper: { settings: { hottest: 0.005, replicas: 12 } } },
});
