/**
 * Settings by preset. `paper` runs the published settings (arXiv 2604.05303, single-step experiments); `default` is
 * ours, chosen on the figures in docs/design.md; `quick` is for a first look and for continuous integration.
 */
import { InputError } from '../errors.ts';
import { byShortNames, checkSettings } from '../settings/check.ts';
import { settingNamed, settingNames, type FlatSettings } from '../settings/names.ts';
import { groups, type Settings } from '../settings/settings.ts';
import { shapedTarget, type RingShape } from '../targets/pathIntegral.ts';
import { boxedDomain, type PresetName } from '../targets/presets.ts';
import { isNoisy, type Target } from '../targets/target.ts';

export { presetNamed, presetNames, type PresetName } from '../targets/presets.ts';

/** Of the coupling layers that a target without settings of its own gets. */
const MOST_LAYERS = 24;

const ours: FlatSettings = {
  theta: 0.25,
  kappa: 1.5,
  renyiOrder: 1,
  variationPairings: 1,
  layers: 6,
  hidden: 24,
  bins: 16,
  activation: 'silu',
  masks: 'auto',
  coupling: 'spline',
  steps: 1500,
  batch: 500,
  learningRate: 0.02,
  schedule: 'oneCycle',
  clipNorm: 10,
  evaluateEvery: 100,
  patience: 0,
  fixedBaseSamples: 0,
  heldOut: 0.05,
  kernel: 'mala',
  stepSize: 0,
  leapfrogSteps: 8,
  stepDecades: 0,
  hottest: 0.1,
  replicas: 6,
  ladders: 64,
  warmupRounds: 200,
  rounds: 3200,
  stepsPerRound: 5,
  adaptLadder: true,
  mcmcPrecision: 'float64',
  path: 'temperature',
  sampler: 'tempering',
  thinning: 1,
  gradientDraws: 1,
  swapCorrection: 1,
  trackSwapNoise: false,
  heating: 0.05,
  controlVariates: false,
  trainingEnergies: 'draws',
  energyDraws: 64,
  weights: 'exact',
  weightResidual: true,
  weightLayers: 2,
  weightHidden: 64,
  weightSteps: 1500,
  weightBatch: 2000,
  weightDraws: 1,
  weightRate: 3e-3,
  compared: 100_000,
  svrg: false,
  svrgRefresh: 10,
  generator: 'auto',
  sufficientEss: 0.3,
  sufficientCoverage: 0.5,
  interpolation: 'adaptive',
  smallestLambda: 0.01,
  lambdaRate: 2,
  largestLambdaStep: 0.05,
  linearStages: 10,
  lambdas: [],
  targetCess: 0.95,
  particles: 20_000,
  groups: 8,
  stageSamples: 40_000,
  stageSteps: 400,
  warmStart: true,
  resampleBelow: 0.5,
  resampling: 'systematic',
  rejuvenation: 20,
  rejuvenationStepSize: 0,
  freshRejuvenation: 5,
  untilEss: 0.95,
  untilLogZ: 0,
  untilError: 0,
  budgetSeconds: 0,
  budgetEvaluations: 0,
  budgetWork: 4000,
  mostRounds: 8,
  firstSteps: 1000,
  reverseTerm: 'auto',
  roundGrowth: 1.6,
  latentChains: 2048,
  latentMoves: 96,
  mostTemperings: 8,
  temperWork: 150,
  searchWork: 12,
  beta: 0,
  beads: 0,
  modes: 0,
  rings: [8, 16, 32, 64],
  ringSamples: 200_000,
  ringMoves: 0,
  distilledFrom: 'classical',
  modeSpread: 0.5,
  baselineRounds: 0,
  baselineReplicas: 4,
  baselineStepsPerRound: 2,
  baselineHottest: 0.05,
  samples: 200_000,
  baseSampling: 'independent',
  precision: 'float32',
  executor: 'auto',
  threads: 0,
  device: 'cpu',
};

/** 20,000 PT samples, 4×256×16 with ReLU, Adam at 1e-4 for 40 epochs of batches of 2000, 320,000 generated samples. */
const published: FlatSettings = {
  ...ours,
  theta: 0.5,
  kappa: 0,
  layers: 4,
  hidden: 256,
  activation: 'relu',
  masks: 'alternating',
  steps: 400,
  batch: 2000,
  learningRate: 1e-4,
  schedule: 'constant',
  evaluateEvery: 20,
  fixedBaseSamples: 20_000,
  kernel: 'tamedEuler',
  stepSize: 1e-3,
  ladders: 100,
  rounds: 210,
  stepsPerRound: 100,
  adaptLadder: false,
  generator: 'flow',
  samples: 320_000,
};

const quick: FlatSettings = {
  ...ours, layers: 4, steps: 300, evaluateEvery: 50, rounds: 800, samples: 50_000, generator: 'flow', particles: 4000,
  stageSamples: 10_000, stageSteps: 150
};

const presets: Readonly<Record<PresetName, FlatSettings>> = { quick, default: ours, paper: published };

/**
 * The target as a preset and the settings want it; of a path integral, preset `paper` takes the published reference.
 * @param given settings from the command line, or all those of a run
 */
export function targetFor(target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}): Target {
  const shape = shapeFor(target, preset, given);
  const published = preset === 'paper' && target.pathIntegral !== undefined
    ? publishedReference(shape.beta || target.pathIntegral.particle.beta) : {};
  return boxedFor(shapedTarget(target, { ...shape, ...published }), preset);
}

/** As {@link targetFor}, of a target from a user's file, whose reference is its own whatever the preset. */
export function ownTargetFor(
  target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}
): Target {
  return boxedFor(shapedTarget(target, shapeFor(target, preset, given)), preset);
}

const shapeFor = (target: Target, preset: PresetName, given: Readonly<Record<string, unknown>>): RingShape =>
  shapeOf({ ...target.settings, ...target.presets?.[preset]?.settings, ...given });

/** The base of the published path integrals: V0 = x²/2 on every mode. */
const publishedReference = (beta: number): RingShape =>
  ({ curvature: 1, base: { mean: 0, standardDeviation: 1 / Math.sqrt(beta) } });

/** What the settings say of a path integral's shape. */
const shapeOf = ({ beta, beads, modes }: Readonly<Record<string, unknown>>): RingShape =>
  Object.fromEntries(Object.entries({ beta, beads, modes }).filter(([, value]) => typeof value === 'number'));

function boxedFor(target: Target, preset: PresetName): Target {
  const domain = boxedDomain(target.domain, target.presets?.[preset]?.box);
  return domain === target.domain ? target : { ...target, domain, base: { ...target.base, domain } };
}

/**
 * In three and more dimensions layers transform few coordinates each, so there have to be more of them, and training
 * takes longer.
 */
function spacious({ dimension, blocks }: Target): Partial<FlatSettings> {
  if (dimension <= 2) return {};
  return { layers: Math.min(MOST_LAYERS, 2 * (blocks?.length ?? dimension)), hidden: 48, theta: 0 };
}

/** Targets that are seen with noise: replica-exchange SGLD along the path from the base. */
const noisy: Readonly<Record<PresetName, Partial<FlatSettings>>> = {
  quick: {
    sampler: 'resgld', path: 'interpolation', generator: 'flow', stepSize: 0.01, hottest: 0.05, replicas: 6,
    rounds: 400, warmupRounds: 100, stepsPerRound: 10, steps: 400, weightSteps: 300, energyDraws: 32, compared: 20_000
  },
  default: {
    sampler: 'resgld', path: 'interpolation', generator: 'flow', stepSize: 0.01, hottest: 0.05, replicas: 6,
    rounds: 1600, stepsPerRound: 10, compared: 200_000
  },
  paper: {
    sampler: 'resgld', path: 'interpolation', generator: 'ladder', interpolation: 'explicit',
    lambdas: [0.05, 0.2, 0.4, 0.7, 1], heating: 0, swapCorrection: 0.5, energyDraws: 1, weights: 'learned-stochastic',
    weightResidual: false, weightLayers: 6, weightHidden: 128, fixedBaseSamples: 0
  },
};

/**
 * Path integrals: tempering along the path from the base, a few layers that go round the modes, and ladders as
 * published where they are asked for.
 */
const pathIntegral: Readonly<Record<PresetName, Partial<FlatSettings>>> = {
  quick: {
    path: 'interpolation', hottest: 0.01, replicas: 10, rounds: 400, theta: 0.25, kappa: 2, hidden: 16, steps: 300,
    interpolation: 'linear', linearStages: 4, stageSteps: 150, particles: 4000, stageSamples: 10_000,
    ringSamples: 20_000, samples: 20_000, freshRejuvenation: 0
  },
  default: {
    path: 'interpolation', hottest: 0.01, replicas: 10, rounds: 800, theta: 0.25, kappa: 2, hidden: 16, steps: 2500,
    batch: 1000, sufficientEss: 0.5, interpolation: 'linear', stageSteps: 200, freshRejuvenation: 0
  },
  paper: {
    path: 'interpolation', hottest: 0.01, replicas: 10, adaptLadder: true, kernel: 'mala', stepSize: 0, rounds: 1000,
    stepsPerRound: 10, theta: 0.75, layers: 6, bins: 32, learningRate: 1e-3, steps: 1000, stageSteps: 1000,
    stageSamples: 100_000, fixedBaseSamples: 100_000, particles: 200_000, samples: 200_000, rejuvenation: 1000,
    rejuvenationStepSize: 1e-3, freshRejuvenation: 0, generator: 'ladder', interpolation: 'linear', linearStages: 10,
    modeSpread: 1, ringSamples: 500_000, rings: [8, 12, 16, 20, 24, 28, 32]
  },
};

/** Rounds need no settings from anyone: what differs is how much is enough. */
const rounds: Readonly<Record<'quick' | 'default', Partial<FlatSettings>>> = {
  quick: {
    untilEss: 0.85, budgetWork: 100, mostRounds: 4, mostTemperings: 3, searchWork: 1, firstSteps: 300, samples: 50_000
  },
  default: {},
};

const inRounds = ({ dimension: d }: Target): Partial<FlatSettings> => ({
  generator: 'rounds', coupling: 'affine', theta: 0.7, kappa: 1, hidden: d <= 16 ? 24 : 32,
  bins: d <= 2 ? 12 : d <= 16 ? 6 : 4,
  learningRate: 0.02 * Math.min(1, 24 / d), clipNorm: 1, batch: 250, kernel: 'hmc', leapfrogSteps: 8, stepsPerRound: 1,
  stepDecades: 2,
  // In the plane flows can be all but exact, and learning from the energy costs little.
  ...(d <= 2 ? { untilEss: 0.98, reverseTerm: 'always' } : {}),
});

/** Settings of one flow or a ladder that mean nothing to rounds: who gives one of them asks for the ways of before. */
const ofOtherWays: ReadonlySet<string> = new Set([
  'steps', 'schedule', 'evaluateEvery', 'patience',
  'fixedBaseSamples', 'layers', 'masks', 'coupling', 'stepSize', 'path', 'hottest', 'replicas', 'ladders', 'rounds',
  'warmupRounds', 'adaptLadder', ...settingNames.filter((name) => settingNamed(name)?.group === 'ladder'),
] satisfies (keyof FlatSettings)[]);

/** Settings that have no such name are left for whoever checks them. */
const namedShort = (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  byShortNames(Object.fromEntries(Object.entries(given).filter(([name]) =>
    settingNamed(name) !== null || (groups as readonly string[]).includes(name))));

/** Whether a run goes in rounds: those do whose settings do not ask for other ways. */
function goesInRounds(target: Target, preset: PresetName, given: Readonly<Record<string, unknown>>): boolean {
  const { generator, ...others } = namedShort(given);
  if (generator !== undefined) return generator === 'rounds';
  const known = !isNoisy(target) && target.pathIntegral === undefined && preset !== 'paper';
  return known && !Object.keys(others).some((name) => ofOtherWays.has(name));
}

/** The settings of a run: preset, then target, then what the target changes of the preset, then what the user set. */
export function settingsFor(
  target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}
): Settings {
  const own = { ...target.settings, ...target.presets?.[preset]?.settings };
  if (goesInRounds(target, preset, { ...own, ...given })) {
    checkOwn(target, preset);
    const size = preset === 'paper' ? {} : rounds[preset];
    return checkSettings({
      ...byShortNames({ ...presets[preset], ...inRounds(target), ...size, ...own }), ...byShortNames(given),
    });
  }
  checkOwn(target, preset);
  return checkSettings({ ...byShortNames({ ...plainSettings(target, preset), ...own }), ...byShortNames(given) });
}

const plainSettings = (target: Target, preset: PresetName): FlatSettings => ({
  ...presets[preset], ...(preset === 'paper' ? {} : spacious(target)), ...(isNoisy(target) ? noisy[preset] : {}),
  ...(target.pathIntegral === undefined ? {} : pathIntegral[preset]),
});

/** @throws InputError for a mistake in the settings of a definition */
function checkOwn(target: Target, preset: PresetName): void {
  const plain = { ...plainSettings(target, preset), ...target.settings };
  const mistake = mistakeIn({ ...plain, ...target.presets?.[preset]?.settings });
  if (mistake === null) return;
  const where = mistakeIn(plain) === null ? `presets.${preset}.settings` : 'settings';
  throw new InputError(`target "${target.name}": in its ${where}: ${mistake.message}`, { cause: mistake });
}

/** What is wrong with settings; null for nothing. */
function mistakeIn(settings: Readonly<Record<string, unknown>>): InputError | null {
  try {
    checkSettings(settings);
    return null;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
