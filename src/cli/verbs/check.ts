import { experimentCatalogue } from '../../experiments/catalogue.ts';
import { ownTargetFor, presetNamed, settingsFor, targetFor } from '../../experiments/presets.ts';
import { InputError } from '../../errors.ts';
import { quietSurroundings } from '../../library.ts';
import { placed } from '../../pipeline/rounds/located.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { kindOf } from '../../pipeline/kinds/kinds.ts';
import { checkRunnable } from '../../pipeline/run.ts';
import { threadsOf } from '../../settings/output.ts';
import { architectureOf } from '../../pipeline/transport/architecture.ts';
import { announce } from '../announce.ts';
import { subjectsOf } from '../check/subjects.ts';
import type { CheckReport } from '../check/report.ts';
import { samplerCosts } from '../check/tempering.ts';
import { checkText } from '../check/text.ts';
import { trainingCost } from '../check/training.ts';
import { estimateCost } from '../cost.ts';
import { loadTarget } from '../loadTarget.ts';
import { print } from '../print.ts';
import { requireDevice } from '../requireDevice.ts';
import { givenSettings, type RunArguments } from './run.ts';

export type CheckArguments = Pick<RunArguments, 'preset' | 'theta' | 'set' | 'threads' | 'device' | 'json'>;

/** `jeffreys check <name|file>`: everything that `run` checks, and what it would cost. */
export async function check(name: string, options: CheckArguments): Promise<void> {
  const report = await checkedTarget(name, options);
  print(options.json === true ? `${JSON.stringify(report)}\n` : checkText(report));
}

async function checkedTarget(name: string, options: CheckArguments): Promise<CheckReport> {
  const preset = presetNamed(options.preset);
  const given = givenSettings(options);
  if (experimentCatalogue.some((entry) => entry.name === name))
    throw new InputError(`${name} is an experiment of several runs; name one of the targets of \`jeffreys list\``);
  const { target: found, file } = await loadTarget(name);
  const told = (file === null ? targetFor : ownTargetFor)(found, preset, given);
  const settings = settingsFor(told, preset, given);
  const target = told.hasBox || settings.ladder.generator !== 'rounds' ? told
    : await placed(told, compileEnergy(told), quietSurroundings());
  checkRunnable(target, settings);
  architectureOf(target, settings.flow);
  requireDevice(settings.output.device);
  // Refuses what this machine has not the memory for, and is silent otherwise.
  announce([{ target, settings }], true);
  const subjects = subjectsOf(target, threadsOf(settings.output));
  const weighed = subjects.energy?.timing.energy.perPoint ?? null;
  const { samples } = settings.output;
  return {
    target: target.name, file, preset, kind: kindOf(target, settings).name, dimension: target.dimension,
    energies: subjects.all.map(({ report }) => report),
    samplers: samplerCosts(target, settings, subjects),
    training: await trainingCost(target, settings, subjects),
    generation: { samples, energySeconds: weighed === null ? null : samples * weighed },
    generator: settings.ladder.generator,
    memoryBytes: Math.round(estimateCost(target, settings).bytes),
  };
}
