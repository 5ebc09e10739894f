/** Every setting of a run, with its range: what `--set key=value` can name. */
import { z } from 'zod';
import { checkPrecision, devices } from '../engine/onnx/device.ts';
import { InputError } from '../errors.ts';
import { maskSchemes } from '../flows/masks.ts';
import { nearestName } from '../nearestName.ts';
import { kernels, type KernelName } from '../samplers/kernels.ts';
import { resamplingSchemes } from '../samplers/resample.ts';
import { chooseExecutor, networkExecutors, type NetworkOptions } from '../training/networkExecutor.ts';
import { fixedLambdas, MOST_STAGES } from './interpolation.ts';

/** PT samples, and generated ones: all are held in memory. */
const MOST_SAMPLES = 1e8;

/** See generators/interpolation.ts. */
export const interpolations = ['adaptive', 'geometric', 'hybrid', 'linear', 'explicit'] as const;

export const samplers = ['tempering', 'resgld'] as const;

/** What weights are made of where energies are seen with noise. */
export const weightKinds = ['exact', 'learned-full', 'learned-stochastic'] as const;
export type WeightKind = (typeof weightKinds)[number];

const positive = z.number().gt(0).lt(Infinity);
const whole = (least: number): z.ZodNumber => z.number().int().gte(least).lte(2 ** 40);
const kernelNames = Object.keys(kernels) as [KernelName, ...KernelName[]];

export const settingsSchema = z.strictObject({
  theta: z.number().gte(0).lte(1).describe('balance of the Jeffreys loss: 0 forward KL, 1 reverse KL'),
  kappa: z.number().gte(0).lt(Infinity).describe('weight of the ratio variation'),
  renyiOrder: positive.describe('order of the Rényi divergence; 1 is the KL'),
  variationPairings: whole(1).describe('pairings per batch in the ratio variation'),

  layers: whole(1).lte(64).describe('coupling layers'),
  hidden: whole(1).lte(8192).describe('width of the two hidden layers of a conditioner'),
  bins: whole(2).lte(200).describe('bins per spline'),
  activation: z.enum(['relu', 'silu']).describe('activation of the conditioners'),
  // Runs of before there was a choice have no such entry, nor the others with a default: they are of one alternating
  // flow.
  masks: z.enum(maskSchemes).default('alternating').describe(
    'which coordinates a layer transforms: auto (the blocks of the target, or small groups given the rest), '
      + 'single, random or alternating halves'
  ),

  steps: whole(1).describe('training steps'),
  batch: whole(2).lte(1_000_000).describe('target samples, and base samples, per step'),
  learningRate: positive.describe('peak learning rate of Adam'),
  schedule: z.enum(['oneCycle', 'constant']).describe('learning-rate schedule'),
  clipNorm: positive.describe('longest gradient that is not shortened'),
  evaluateEvery: whole(1).describe('steps between evaluations on held-out points'),
  patience: whole(0).describe('evaluations without a better one before training stops; 0: never'),
  fixedBaseSamples: whole(0).describe('size of a fixed set of base samples; 0: fresh ones every step'),
  heldOut: z.number().gt(0).lte(0.5).describe('share of the PT samples kept from training'),

  kernel: z.enum(kernelNames).describe('Markov kernel of parallel tempering'),
  stepSize: z.number().gte(0).lt(Infinity).describe("the kernel's (first) step size; 0: its own default"),
  hottest:
    positive.lte(1).describe('smallest inverse temperature of tempering; with path=interpolation, its first λ above 0'),
  replicas: whole(1).lte(1000).describe('rungs of tempering'),
  ladders: whole(1).lte(100_000).describe('independent ladders of tempering'),
  warmupRounds: whole(0).describe('rounds of adaptation, discarded'),
  rounds: whole(32).describe('recorded rounds; one sample per ladder and round'),
  stepsPerRound: whole(1).describe('kernel steps between swaps'),
  adaptLadder: z.boolean().describe('move the rungs of tempering to equal swap rates in warm-up'),
  // Runs of before there was a choice have no such entry.
  mcmcPrecision: z.enum(['float64', 'float32']).default('float64')
    .describe('arithmetic of the chains; float32 takes half the time, and rounds energies to seven digits'),

  path: z.enum(['temperature', 'interpolation']).default('temperature')
    .describe('what tempering goes along: exp(−β U), or from the base to the target, U_λ = (1 − λ) U0 + λ U1'),

  // For energies that are seen with noise; runs of before there were any have no such entries.
  sampler: z.enum(samplers).default('tempering').describe(
    'what samples the target first: parallel tempering on its energy, or replica-exchange SGLD on noisy '
      + 'values of it'
  ),
  thinning: whole(1).default(1).describe('resgld: rounds between two that are recorded'),
  gradientDraws:
    whole(1).lte(10_000).default(1).describe('resgld: draws of the noise averaged in every gradient and swap'),
  swapCorrection: z.number().gte(0).lt(Infinity).default(1)
    .describe('resgld: τ of swaps, whose log ratio is lowered by τσ²/2: 0 naive, 1 exact for Gaussian noise'),
  trackSwapNoise: z.boolean().default(false).describe('resgld: go on measuring the noise of swaps after the warm-up'),
  heating: z.number().gte(0).lt(Infinity).default(0.05)
    .describe('resgld: share by which the noise of gradients may heat a rung, before its step is shortened; 0: any'),
  controlVariates: z.boolean().default(false).describe(
    'resgld: evaluate the energy itself once a round, for exact swaps and for gradients with little noise (SVRG)'
  ),
  trainingEnergies: z.enum(['full', 'draws']).default('draws').describe(
    'noisy energies: what training samples are labelled with, the energy itself or means over energyDraws draws'
  ),
  energyDraws: whole(1).lte(1_000_000)
    .default(64).describe('noisy energies: draws of the noise behind every mean that stands for an energy'),
  weights: z.enum(weightKinds).default('exact').describe(
    'noisy energies: weights from the energy itself, or learned from it, or learned from noisy values of it alone'
  ),
  weightResidual: z.boolean()
    .default(true).describe("learned weights: learn what the flow's own density leaves, instead of the whole energies"),
  weightLayers: whole(1).lte(32).default(2).describe('learned weights: hidden layers of the networks φ and ψ'),
  weightHidden: whole(1).lte(4096).default(64).describe('learned weights: width of these layers'),
  weightSteps: whole(1).default(1500).describe('learned weights: training steps of φ and ψ'),
  weightBatch: whole(2).lte(1_000_000).default(2000).describe('learned weights: pairs per training step'),
  weightDraws: whole(1).lte(10_000)
    .default(1).describe('learned weights: draws of the noise averaged in every noisy value that φ and ψ see'),
  weightRate: positive.default(3e-3).describe('learned weights: peak learning rate of Adam'),
  compared: whole(0).lte(MOST_SAMPLES).default(100_000)
    .describe('noisy energies: samples on which weights of the kinds that are not used are compared; 0: none'),
  svrg: z.boolean().default(false).describe(
    'noisy energies: move the weighted samples by Langevin steps with variance-reduced gradients '
      + '(rejuvenation many)'
  ),
  svrgRefresh: whole(1).default(10).describe('svrg: steps between two references'),

  generator: z.enum(['auto', 'flow', 'ladder'])
    .default('flow').describe('one flow, a ladder of flows, or (auto) the ladder only if one flow falls short'),
  sufficientEss: z.number().gte(0).lte(1).default(0.3).describe('auto: an ESS below this is short'),
  sufficientCoverage: z.number().gte(0).lte(1).default(0.5).describe('auto: a coverage below this is short'),
  interpolation: z.enum(interpolations).default('adaptive')
    .describe('stages of the ladder: adaptive, or a list: geometric, hybrid (geometric, then even), linear, explicit'),
  smallestLambda: z.number().gte(1e-12).lt(1).default(0.01).describe('first λ above 0 of geometric and hybrid ladders'),
  lambdaRate:
    z.number().gt(1).lt(Infinity).default(2).describe('largest ratio of neighbours in geometric and hybrid ladders'),
  largestLambdaStep: positive.lte(1).default(0.05).describe('largest difference of neighbours in hybrid ladders'),
  linearStages: whole(2).lte(MOST_STAGES).default(10).describe('stages of a linear ladder'),
  lambdas:
    z.array(z.number()).default([]).describe('explicit ladder: increasing, from above 0 to 1, such as 0.1,0.4,1'),
  targetCess: z.number().gt(0).lt(1).default(0.95).describe('adaptive: the CESS that every stage is to have'),
  particles: whole(64).lte(MOST_SAMPLES).default(20_000).describe('particles of the ladder'),
  groups: whole(2)
    .lte(1000).default(8).describe('independent groups of particles: the error of log Z comes from their spread'),
  stageSamples: whole(64).lte(MOST_SAMPLES).default(40_000).describe('PT samples that a stage is trained on'),
  stageSteps: whole(1).default(400).describe('training steps of a stage'),
  warmStart: z.boolean().default(true).describe('start a stage from the flow of the one before'),
  resampleBelow: z.number().gte(0).lte(1).default(0.5).describe('resample when the ESS of the ensemble is below this'),
  resampling: z.enum(resamplingSchemes).default('systematic').describe('how particles are resampled'),
  rejuvenation: whole(0)
    .default(20).describe('MALA steps of the particles after each stage, and of their copies before its training'),
  rejuvenationStepSize: z.number().gte(0).lt(Infinity)
    .default(0).describe("step size of these; 0: what tempering found, or (svrg) a quarter of the sampler's"),
  freshRejuvenation: whole(0).default(5).describe('MALA steps between the stages for fresh samples'),

  // Of path integrals; runs of before there were any have no such entries.
  beta: z.number().gte(0).lt(Infinity).default(0).describe("path integrals: inverse temperature; 0: the target's own"),
  beads:
    whole(0).default(0).describe("path integrals: beads of the ring that the flow is trained for; 0: the target's own"),
  modes: whole(0).default(0).describe("path integrals: modes that the flow moves, an odd number; 0: the target's own"),
  rings: z.array(z.number().int().gte(1).lte(4096))
    .max(64).default([8, 16, 32, 64]).describe('path integrals: numbers of beads that the flow is lifted to'),
  ringSamples:
    whole(64).lte(MOST_SAMPLES).default(200_000).describe('path integrals: weighted rings of each number of beads'),
  ringMoves:
    whole(0).default(0).describe('path integrals: MALA steps of the weighted rings, which leave their weights right'),
  distilledFrom: z.enum(['classical', 'tempering']).default('classical').describe(
    'path integrals: what one flow is trained on, samples of the classical particle or tempering of the ring '
      + 'itself'
  ),
  modeSpread: z.number().gte(0).lte(1).default(0.5).describe(
    'path integrals: spread of the modes in training samples, between the harmonic reference (0) and free '
      + 'particles (1)'
  ),
  baselineRounds: whole(0)
    .default(0).describe('path integrals: rounds of tempering on each ring without a flow, for comparison; 0: none'),
  baselineReplicas: whole(2).lte(1000).default(4).describe('path integrals: rungs of that tempering'),
  baselineStepsPerRound: whole(1).default(2).describe('path integrals: kernel steps between its swaps'),
  baselineHottest: positive.lte(1).default(0.05).describe('path integrals: its first λ above 0'),

  samples: whole(100).lte(MOST_SAMPLES).describe('weighted samples generated and judged at the end'),
  baseSampling: z.enum(['independent', 'lattice']).describe(
    'base points of the generated samples: independent, or a randomly shifted lattice (means converge faster)'
  ),
  precision:
    z.enum(['float32', 'float64']).describe('arithmetic of the network; weights and estimates are always float64'),
  // Runs of before there was a choice have no such entry.
  executor: z.enum(networkExecutors).default('auto')
    .describe('what runs the network: fused (WebAssembly), onnx (onnxruntime), or whichever suits its size'),
  threads: whole(0).lte(1024).describe(
    'threads; 0: as many as the machine has, and two in onnxruntime, whose results may depend on it in the '
      + 'last digits'
  ),
  // Runs of before there was a choice have no such entry.
  device: z.enum(devices).default('cpu').describe('where the network runs: the CPU, or a GPU through WebGPU or CUDA'),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** A setting from the command line's words. @throws InputError naming the setting and what would be right */
export function parseSetting(assignment: string): Partial<Settings> {
  const at = assignment.indexOf('=');
  if (at < 1) throw new InputError(`--set needs key=value, got "${assignment}"`);
  const [name, text] = [assignment.slice(0, at), assignment.slice(at + 1)];
  if (!(settingNames as string[]).includes(name)) throw unknownSetting(name);
  const schema = settingsSchema.shape[name as SettingName];
  const list = schema.safeParse([]).success;
  const candidates: unknown[] = list
    ? [text.trim() === '' ? [] : text.split(',').map((entry) => (entry.trim() === '' ? NaN : Number(entry)))]
    : text === 'true' || text === 'false' ? [text === 'true', text]
      : text.trim() !== '' && !Number.isNaN(Number(text)) ? [Number(text), text] : [text];
  const attempts = candidates.map((candidate) => schema.safeParse(candidate));
  const accepted = attempts.find(({ success }) => success);
  if (accepted !== undefined) return { [name]: accepted.data };
  const [{ error }] = attempts;
  throw new InputError(
    `--set ${name}: ${error === undefined ? 'is not valid' : complaint(error.issues[0])}, got "${text}"`
  );
}

/** What would be right, in words. */
function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be ${issue.inclusive === true ? 'at most' : 'below'} ${issue.maximum}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type' && typeof issue.path.at(-1) === 'number')
    return 'must be numbers separated by commas';
  if (issue.code === 'invalid_type')
    return `must be ${issue.expected === 'boolean' ? 'true or false'
      : issue.expected === 'int' ? 'an integer' : 'a finite number'}`;
  return issue.message;
}

function unknownSetting(name: string): InputError {
  const near = nearestName(name, settingNames);
  return new InputError(
    `unknown setting "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the settings are `
      + `${settingNames.join(', ')}`
  );
}

/** All settings, checked. @throws InputError naming the first that is wrong and what would be right */
export function checkSettings(given: Readonly<Record<string, unknown>>): Settings {
  for (const name of Object.keys(given)) if (!(settingNames as string[]).includes(name)) throw unknownSetting(name);
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue.path[0]);
    throw new InputError(
      `setting ${name}: ${complaint(issue)}, got `
        + `${typeof given[name] === 'string' ? `"${given[name]}"` : String(given[name])}`
    );
  }
  if (parsed.data.replicas > 1 && parsed.data.hottest === 1)
    throw new InputError('setting hottest: must be below 1 for a ladder of several replicas, got 1');
  const { ladders, rounds, batch, variationPairings, device, precision } = parsed.data;
  checkPrecision(device, precision);
  if (parsed.data.path === 'interpolation' && parsed.data.replicas < 2) throw new InputError(
    `setting replicas: must be at least 2 with path=interpolation (λ = 0 and λ = 1), got ${parsed.data.replicas}`
  );
  if (parsed.data.interpolation === 'explicit') checkLambdas(parsed.data.lambdas);
  if (
    parsed.data.sampler === 'resgld' && parsed.data.generator === 'ladder' && parsed.data.interpolation === 'adaptive'
  ) throw new InputError(
    'setting interpolation: a ladder of flows on noisy energies needs a list (explicit, linear, geometric or '
      + 'hybrid), got "adaptive"'
  );
  fixedLambdas(parsed.data); // refuses what is too long
  if (parsed.data.particles < 4 * parsed.data.groups) throw new InputError(
    `setting groups: needs at least 4 particles in each, got ${parsed.data.groups} groups of `
      + `${parsed.data.particles} particles`
  );
  chooseExecutor(parsed.data, networkOf(parsed.data));
  if (variationPairings >= batch)
    throw new InputError(`setting variationPairings: must be below batch (${batch}), got ${variationPairings}`);
  if (ladders * rounds > MOST_SAMPLES) throw new InputError(
    `setting rounds: rounds × ladders is the number of PT samples and must be at most ${MOST_SAMPLES}, got `
      + `${rounds} × ${ladders}`
  );
  return parsed.data;
}

/** @throws InputError unless 0 < λ_1 < … < λ_M = 1 with at least two stages */
function checkLambdas(lambdas: readonly number[]): void {
  const shown = lambdas.length === 0 ? 'none' : lambdas.join(', ');
  if (lambdas.length < 2) throw new InputError(
    `setting lambdas: a ladder needs at least two λ, such as 0.1,0.4,1, got ${shown}; for a single step take `
      + 'generator=flow'
  );
  if (!(lambdas[0] > 0))
    throw new InputError(`setting lambdas: must begin above 0 (the base, λ = 0, is implied), got ${shown}`);
  if (lambdas.some((lambda, k) => k > 0 && !(lambda > lambdas[k - 1])))
    throw new InputError(`setting lambdas: must increase, got ${shown}`);
  if (lambdas[lambdas.length - 1] !== 1)
    throw new InputError(`setting lambdas: must end in 1, the target, got ${shown}`);
}

/** How the settings want their network run. */
export const networkOf = (
  { precision, device, executor, threads }: Pick<Settings, 'precision' | 'device' | 'executor' | 'threads'>
): NetworkOptions =>
  ({ precision, device, executor, ...(threads === 0 ? {} : { threads }) });
