/** A posterior from mini-batches of data, corrected by the flow (the target: penguins/target.ts). Run: node --import tsx examples/05-penguins.ts */
import { memoryJournal, runPipeline, settingsFor } from 'jeffreys-flow';
import target from './penguins/target.ts';

const { result } = await runPipeline({
  target,
  settings: settingsFor(target, 'quick', { steps: 800, samples: 20_000, compared: 0 }),
  seed: 1,
  surroundings: {
    journal: memoryJournal(),
    emit: () => undefined,
    signal: new AbortController().signal,
    now: () => performance.now(),
    breathe: () => Promise.resolve(),
  },
});

const { generation, noise } = result;
for (const { name, exact, flow, weighted } of generation.modes) {
  console.log(`${name}: exact ${exact?.toFixed(4)}, flow ${flow.value?.toFixed(4)}, weighted ${weighted.value?.toFixed(4)} ± ${weighted.standardError?.toFixed(4)}`);
}
for (const { name, value, standardError } of generation.observables) {
  console.log(`${name}: ${value?.toFixed(3)} ± ${standardError?.toFixed(3)}`);
}
console.log(`ESS ${(100 * (generation.ess ?? 0)).toFixed(1)} %`);
console.log(`log Z = ${generation.logZ.value?.toFixed(4)} ± ${generation.logZ.standardError?.toFixed(4)}`);
const passes = noise?.evaluations.reduce((sum, { passes: cost }) => sum + (cost ?? 0), 0) ?? 0;
console.log(`${Math.round(passes)} passes over the data`);
