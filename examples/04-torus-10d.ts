/** A rotor with four wells that drags nine oscillators: a circle and nine real coordinates. Run: node --import tsx examples/04-torus-10d.ts */
import { defineTarget, np, sample } from 'jeffreys-flow';

const OSCILLATORS = 9;
const stiffness = 4;
/** How far each oscillator is dragged along. */
const drag = np.array(Array.from({ length: OSCILLATORS }, (_, k) => 0.5 + k / OSCILLATORS));

// What is known exactly: the oscillators integrate to a constant, which leaves a sum along the circle, quarter by quarter.
const nodes = 1000;
const quarters = [0, 1, 2, 3].map((quarter) => Array.from({ length: nodes }, (_, i) => {
  const angle = -Math.PI + ((quarter + (i + 0.5) / nodes) * Math.PI) / 2;
  return Math.exp(-4 * Math.cos(4 * angle) - 0.6 * Math.sin(angle + 0.4)) * (Math.PI / (2 * nodes));
}).reduce((a, b) => a + b));
const circle = quarters.reduce((a, b) => a + b);

const target = defineTarget({
  name: 'driven-rotor',
  dimension: 1 + OSCILLATORS,
  energy: (point) => {
    const [angle, bath] = [point.slice(0), point.slice([1, 1 + OSCILLATORS])];
    // Wells at odd multiples of 45 degrees, barriers of 8 between them, and a tilt that makes the wells unequal.
    const rotor = np.cos(angle.mul(4)).mul(4).add(np.sin(angle.add(0.4)).mul(0.6));
    const strain = np.square(bath.sub(drag.mul(np.sin(angle.mul(2))))).sum();
    return rotor.add(strain.mul(stiffness / 2));
  },
  torus: { 0: [-Math.PI, Math.PI] },
  box: [-5, 5],
  base: { mean: 0, standardDeviation: 1 },
  // The rotor given the oscillators, then the oscillators given the rotor.
  blocks: [[0], Array.from({ length: OSCILLATORS }, (_, k) => 1 + k)],
  modes: {
    names: ['-135°', '-45°', '45°', '135°'],
    assign: ([angle]) => Math.min(3, Math.max(0, Math.floor((angle + Math.PI) / (Math.PI / 2)))),
    exact: quarters.map((mass) => mass / circle),
  },
  logZ: Math.log(circle) + (OSCILLATORS / 2) * Math.log((2 * Math.PI) / stiffness),
});

const { result } = await sample(target, {
  preset: 'quick',
  seed: 1,
  settings: { theta: 0, layers: 4, steps: 400, samples: 20_000 },
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
