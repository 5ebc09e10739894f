import { InputError } from '../../errors.ts';
import { nearestName } from '../../nearestName.ts';
import { benchTrainStep, type TrainStepCase } from '../../benchmarks/trainStep.ts';
import { threeWell } from '../../targets/threeWell.ts';
import { table } from '../summary.ts';

const plain = { renyiOrder: 1, variationPairings: 1 };

const trainSteps: readonly TrainStepCase[] = [
  { name: 'published 2-D network, 4×256×16, both losses', target: threeWell, layers: 4, hidden: 256, bins: 16, activation: 'relu', batch: 2000, objective: { theta: 0.5, kappa: 0, ...plain } },
  { name: 'small network, 4×32×16, both losses', target: threeWell, layers: 4, hidden: 32, bins: 16, activation: 'silu', batch: 2000, objective: { theta: 0.5, kappa: 0, ...plain } },
  { name: 'small network, 4×32×16, data loss and variation', target: threeWell, layers: 4, hidden: 32, bins: 16, activation: 'silu', batch: 2000, objective: { theta: 0, kappa: 1, ...plain } },
];

const cases = ['train-step'] as const;

/** `jeffreys bench [name]` */
export async function bench(name: string | undefined, { json = false, threads = [1, 2] }: { json?: boolean; threads?: readonly number[] } = {}): Promise<void> {
  if (name !== undefined && !cases.some((known) => known === name)) {
    const near = nearestName(name, cases);
    throw new InputError(`unknown benchmark "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the benchmarks are ${cases.join(', ')}`);
  }
  const results: object[] = [];
  const rows = [['training step', 'threads', 'ms (median)', 'least–most', 'floor ms', 'step / floor']];
  for (const settings of trainSteps) {
    for (const count of threads) {
      const { step, floor, ratio } = await benchTrainStep(settings, settings.hidden > 100 ? 12 : 40, count, () => performance.now());
      results.push({ case: settings.name, threads: count, step, floor, ratio });
      rows.push([settings.name, String(count), step.median.toFixed(1), `${step.least.toFixed(1)}–${step.most.toFixed(1)}`, floor.median.toFixed(1), ratio.toFixed(2)]);
    }
  }
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : `${table(rows).join('\n')}\nfloor: the same matrix products, forward and backward, chained, with nothing between them; timed in turn with the step\n`);
}
