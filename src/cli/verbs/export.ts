import { InputError } from '../../errors.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { exportFlow } from '../../flows/exportOnnx.ts';
import { namedTensors } from '../../flows/serialise.ts';
import { shown } from '../../store/fileError.ts';
import type { Run } from '../../store/run.ts';
import type { Target } from '../../targets/target.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { matrixColumns, vectorColumn, writeCsv } from '../../store/csv.ts';
import { writeNpz } from '../../store/npz.ts';
import { openRun } from '../../store/runDirectory.ts';
import { writeSafetensors } from '../../store/safetensors.ts';
import type { StoredArray } from '../../store/array.ts';
import { teller, tellOfRun } from '../notes.ts';
import { checkOutput } from '../outputFile.ts';
import { print } from '../print.ts';
import { readProposal, readSamples, requireComplete } from '../readRun.ts';
import { targetOfRun } from '../runTarget.ts';

export interface ExportArguments {
  readonly format: 'onnx' | 'safetensors' | 'npz' | 'csv';
  readonly out?: string;
  readonly batch: number;
  readonly force?: boolean;
}

/** `jeffreys export <run> --format …` */
export async function exportRun(path: string, { format, out, batch, force = false }: ExportArguments): Promise<void> {
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  if (experiment !== null)
    throw new InputError(`${experiment} is an experiment; name one of its runs, such as ${experiment}/<run>`);
  const run = openRun(path);
  requireComplete(run);
  const tell = teller(false);
  tellOfRun(run, tell, 'shows');
  const target = await targetOfRun(run, tell);
  const d = target.dimension;
  const file = out ?? `${target.name}.${format}`;
  checkOutput(file, force);
  switch (format) {
    case 'onnx': {
      const { architecture, parameters } = onlyFlow(run, target);
      writeFileAtomic(file, exportFlow(architecture, target.base, parameters, batch));
      break;
    }
    case 'safetensors': {
      const { architecture, parameters } = onlyFlow(run, target);
      const tensors =
        Object.fromEntries(namedTensors(architecture, parameters).map(({ name, shape, data }): [string, StoredArray] =>
        [name, data instanceof Float32Array ? { dtype: 'float32', shape, data } : { dtype: 'float64', shape, data }]));
      writeSafetensors(
        file, tensors, { format: 'jeffreys-flow', target: target.name, architecture: JSON.stringify(architecture) }
      );
      break;
    }
    case 'npz': {
      const { tempered, ensemble } = readSamples(run, target);
      const matrix = (data: Float64Array): { dtype: 'float64'; shape: number[]; data: Float64Array } =>
        ({ dtype: 'float64', shape: [data.length / d, d], data });
      writeNpz(file, {
        pt: matrix(tempered.positions), samples: matrix(ensemble.samples),
        log_weights: { dtype: 'float64', shape: [ensemble.logWeights.length], data: ensemble.logWeights }
      });
      break;
    }
    case 'csv': {
      const { ensemble } = readSamples(run, target);
      writeCsv(file, [
        ...matrixColumns(Array.from({ length: d }, (_, j) => `x${j + 1}`), ensemble.samples),
        vectorColumn('log_weight', ensemble.logWeights)
      ]);
      break;
    }
  }
  print(`${file}\n`);
}

/** @throws InputError for a run of several flows, which no one file holds */
function onlyFlow(run: Run, target: Target): { architecture: Architecture; parameters: ParameterArray } {
  const files = `they are the files flow.safetensors of ${shown(run.file('stage-01'))} and those after it`;
  const { ladder } = requireComplete(run);
  if (ladder !== null)
    throw new InputError(`${shown(run.path)} is a ladder of flows: ${files.replace('they', 'its flows')}`);
  const { architecture, stages } = readProposal(run, target).transport;
  const [{ parameters }] = stages;
  if (stages.length > 1 || parameters === null)
    throw new InputError(`${shown(run.path)} has several flows, one after the other: ${files}`);
  return { architecture, parameters };
}
