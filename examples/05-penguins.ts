/** A posterior from mini-batches of data, corrected by the flow (the target: penguins/target.ts). Run: node --import tsx examples/05-penguins.ts */
import { sample } from 'jeffreys-flow';
import target from './penguins/target.ts';

const { result } = await sample(target, {
  preset: 'quick',
  seed: 1,
  settings: { steps: 400, samples: 20_000, compared: 0 },
});

/** With its error, where one is known. */
const shown = ({ value, standardError }: { readonly value: number | null; readonly standardError: number | null }, digits = 4): string =>
  `${value?.toFixed(digits) ?? 'n/a'} ${standardError === null ? '(error unknown)' : `± ${standardError.toFixed(digits)}`}`;

const { generation, noise } = result;
for (const { name, exact, flow, weighted } of generation.modes) {
  console.log(`${name}: exact ${exact?.toFixed(4)}, flow ${flow.value?.toFixed(4)}, weighted ${shown(weighted)}`);
}
for (const { name, ...mean } of generation.observables) console.log(`${name}: ${shown(mean, 3)}`);
console.log(`The figures are ${result.standing}.`);
console.log(`ESS ${(100 * (generation.ess ?? 0)).toFixed(1)} %`);
console.log(`log Z = ${shown(generation.logZ)}`);
const passes = noise?.evaluations.reduce((sum, { passes: cost }) => sum + (cost ?? 0), 0) ?? 0;
console.log(`${Math.round(passes)} passes over the data`);
