/** Twelve modes far apart, of unequal mass and width: does the flow visit every one? Run: node --import tsx examples/03-twelve-modes.ts */
import { defineTarget, nn, np, sample } from 'jeffreys-flow';

// A sunflower of centres, 4 and more apart: ten deviations and more, which no chain crosses at the target's own temperature.
const modes = Array.from({ length: 12 }, (_, k) => {
  const [radius, angle] = [2.6 * Math.sqrt(k + 0.5), k * Math.PI * (3 - Math.sqrt(5))];
  return { centre: [radius * Math.cos(angle), radius * Math.sin(angle)], width: 0.25 + 0.05 * (k % 4), weight: 1 + (k % 5) };
});
const total = modes.reduce((sum, { weight }) => sum + weight, 0);
const centres = np.array(modes.map(({ centre }) => centre));
const precisions = np.array(modes.map(({ width }) => 1 / width ** 2));
const heights = np.array(modes.map(({ width, weight }) => Math.log(weight / total / (2 * Math.PI * width ** 2))));

const target = defineTarget({
  name: 'twelve-modes',
  dimension: 2,
  energy: (point) => {
    const squares = np.square(point.sub(centres)).sum(1);
    return nn.logsumexp(heights.sub(squares.mul(precisions).div(2))).mul(-1);
  },
  box: [-15, 15],
  base: { mean: 0, standardDeviation: 5 },
  modes: { centres: modes.map(({ centre }) => centre) },
});

const { result } = await sample(target, {
  preset: 'quick',
  seed: 1,
  // The samples of parallel tempering have every mode, so forward KL and ratio variation alone (theta 0) will do.
  settings: {
    theta: 0, layers: 8, bins: 24, steps: 800, hottest: 0.02, samples: 20_000,
  },
});

/** With its error, where one is known. */
const shown = ({ value, standardError }: { readonly value: number | null; readonly standardError: number | null }, digits = 4): string =>
  `${value?.toFixed(digits) ?? 'n/a'} ${standardError === null ? '(error unknown)' : `± ${standardError.toFixed(digits)}`}`;

const { generation } = result;
for (const { name, exact, flow, weighted } of generation.modes) {
  console.log(`${name}: exact ${exact?.toFixed(4)}, flow ${flow.value?.toFixed(4)}, weighted ${shown(weighted)}`);
}
console.log(`coverage ${generation.coverage.value?.toFixed(2)} (the smallest ratio of flow to exact mass)`);
console.log(`The figures are ${result.standing}.`);
console.log(`ESS ${(100 * (generation.ess ?? 0)).toFixed(1)} %`);
console.log(`log Z = ${shown(generation.logZ)} (exact ${generation.logZ.exact?.toFixed(4)})`);
