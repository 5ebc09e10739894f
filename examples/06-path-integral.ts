/** A quantum thermal average, as a library: an anharmonic oscillator on 8 and 32 beads. Run: node --import tsx examples/06-path-integral.ts */
import { definePathIntegral, np, sample } from 'jeffreys-flow';

const target = definePathIntegral({
  name: 'quartic-oscillator',
  potential: (q) => np.square(q.slice(0)).mul(0.5).add(np.square(np.square(q.slice(0)))),
  beta: 3,
  box: [-2.5, 2.5],
});

const { result } = await sample(target, {
  preset: 'quick',
  seed: 1,
  settings: { rings: [8, 32] },
});

/** With its error, where one is known. */
const shown = ({ value, standardError }: { readonly value: number | null; readonly standardError: number | null }, digits = 4): string =>
  `${value?.toFixed(digits) ?? 'n/a'} ${standardError === null ? '(error unknown)' : `± ${standardError.toFixed(digits)}`}`;

console.log(`The figures are ${result.standing}.`);
for (const { beads, ess, logZ, estimates } of result.pathIntegral?.rings ?? []) {
  console.log(`${beads} beads: ESS ${(100 * (ess ?? 0)).toFixed(1)} %, log Z = ${shown(logZ)} (exact ${logZ.exact?.toFixed(4)}, quantum ${logZ.quantum?.toFixed(4)})`);
  for (const { name, exact, quantum, ...mean } of estimates) console.log(`  ${name}: ${shown(mean)} (exact ${exact?.toFixed(4)}, quantum ${quantum?.toFixed(4)})`);
}
