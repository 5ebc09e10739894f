/**
 * Settings by preset. `paper` runs the published settings (arXiv 2604.05303, single-step experiments); `default` is
 * ours, chosen on the figures in docs/design.md; `quick` is for a first look and for continuous integration.
 */
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import { byShortNames, checkSettings } from '../settings/check.ts';
import type { FlatSettings } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import { shapedTarget, type RingShape } from '../targets/pathIntegral.ts';
import { isNoisy, type Target } from '../targets/target.ts';

/** For a first look, for good figures, and as published. */
export const presetNames = ['quick', 'default', 'paper'] as const;
/** One of {@link presetNames}. */
export type PresetName = (typeof presetNames)[number];

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
 * The published ladders of flows: tempering on the ladder's own λ, Langevin moves, θ = 0.75, 20 epochs of 50,000
 * samples. Not
 * published, and ours: tempering's kernel and steps, the learning rate of these experiments. rastrigin-8d goes from θ =
 * 0.5 to
 * 0.2 in the paper, and keeps 0.5 here.
 */
const publishedLadder = {
  generator: 'ladder',
  path: 'interpolation',
  theta: 0.75,
  layers: 6,
  steps: 500,
  stageSteps: 500,
  stageSamples: 50_000,
  fixedBaseSamples: 50_000,
  rounds: 500,
  particles: 400_000,
  samples: 400_000,
  rejuvenationStepSize: 5e-3,
  rejuvenation: 400,
  freshRejuvenation: 0,
} as const satisfies Partial<FlatSettings>;

/**
 * The published way with noise: a ladder on the sampler's own λ, one draw of ξ everywhere. Rates, and what follows the
 * samples in time, are ours.
 */
const publishedNoise = {
  sampler: 'resgld', path: 'interpolation', generator: 'ladder', interpolation: 'explicit', fixedBaseSamples: 0
} as const satisfies Partial<FlatSettings>;

/**
 * Of sources seen through noisy sensors: steps that the mini-batches' noise leaves room for, labels from all sensors.
 */
const poissonSampler = {
  stepSize: 2e-4, heating: 0.05, hottest: 0.02, replicas: 7, stepsPerRound: 20, trainingEnergies: 'full'
} as const satisfies Partial<FlatSettings>;

/** What a preset changes for one target. */
const adjustments: Readonly<Record<PresetName, Readonly<Record<string, Partial<FlatSettings>>>>> = {
  quick: {
    'gmm-3d': { path: 'interpolation', hottest: 0.01, replicas: 10, layers: 6, hidden: 32, theta: 0, steps: 1000 },
    'rosenbrock-4d': {
      path: 'interpolation', hottest: 1e-4, replicas: 14, layers: 7, hidden: 32, bins: 24, theta: 0, steps: 1500,
      stepsPerRound: 20
    },
    'rastrigin-8d':
      { hottest: 0.03, replicas: 12, layers: 16, hidden: 48, theta: 0, steps: 1500, batch: 1000, rounds: 3200 },
    'solvated-16d':
      { kernel: 'hmc', hottest: 0.03, replicas: 13, layers: 6, hidden: 48, theta: 0, steps: 800, samples: 20_000 },
    'poisson-8d': {
      ...poissonSampler, ladders: 32, rounds: 400, warmupRounds: 100, steps: 600, layers: 8, theta: 0, samples: 20_000,
      compared: 20_000, weightSteps: 300
    },
  },
  default: {
    'three-well': { layers: 4, steps: 500 },
    'periodic-well': { steps: 2000 },
    'gmm-3d': { path: 'interpolation', hottest: 0.01, replicas: 10, layers: 6, hidden: 32, theta: 0, steps: 4000 },
    'rosenbrock-4d': {
      path: 'interpolation', hottest: 1e-4, replicas: 14, layers: 7, hidden: 32, bins: 24, theta: 0, steps: 5000,
      stepsPerRound: 20
    },
    'rastrigin-8d': {
      hottest: 0.03, replicas: 12, rounds: 12_800, warmupRounds: 500, layers: 24, hidden: 64, theta: 0, steps: 6000,
      batch: 1000
    },
    // Three million samples, so that the free energy is known on its barriers too.
    'solvated-16d': {
      kernel: 'hmc', hottest: 0.03, replicas: 13, layers: 6, hidden: 48, theta: 0, steps: 3000, batch: 1000,
      samples: 3_000_000
    },
    'noisy-gmm-2d': { samples: 1_000_000, compared: 1_000_000, weightDraws: 16 },
    'poisson-8d': { ...poissonSampler, rounds: 1600, theta: 0, steps: 3000, batch: 1000, weightSteps: 3000 },
  },
  paper: {
    'periodic-well': { steps: 1000 },
    'gmm-3d': { ...publishedLadder, interpolation: 'geometric', smallestLambda: 0.08, lambdaRate: 4 },
    'rosenbrock-4d': {
      ...publishedLadder, interpolation: 'geometric', smallestLambda: 1e-3, lambdaRate: 2, layers: 8, bins: 32,
      stageSamples: 100_000, fixedBaseSamples: 100_000, steps: 1000, stageSteps: 1000, rounds: 1000, particles: 500_000,
      samples: 500_000
    },
    'rastrigin-8d': {
      ...publishedLadder, interpolation: 'hybrid', smallestLambda: 0.02, lambdaRate: 2, largestLambdaStep: 0.05,
      theta: 0.5, hidden: 512, bins: 32, stageSamples: 100_000, fixedBaseSamples: 100_000, rounds: 1000, steps: 500,
      stageSteps: 500
    },
    'solvated-16d': {
      ...publishedLadder, interpolation: 'hybrid', smallestLambda: 1e-3, lambdaRate: 1.5, largestLambdaStep: 0.05,
      renyiOrder: 1.5, hidden: 1024, bins: 50, batch: 32_768,
      stageSamples: 500_000, fixedBaseSamples: 500_000, rounds: 5000, steps: 153, stageSteps: 153, particles: 500_000,
      samples: 500_000, rejuvenationStepSize: 1e-3, rejuvenation: 1000,
    },
    // 40,000 samples, two units of time apart at steps of 0.01, swaps every 0.04; forty epochs, as in the single-step
    // experiments.
    'noisy-gmm-2d': {
      ...publishedNoise, lambdas: [0.05, 0.2, 0.4, 0.7, 1], stepSize: 0.01, stepsPerRound: 4, thinning: 50,
      ladders: 100, rounds: 400, warmupRounds: 500, layers: 6, hidden: 128, bins: 32, theta: 0.5, particles: 160_000,
      samples: 160_000,
      stageSamples: 40_000, steps: 800, stageSteps: 800, weightSteps: 800, rejuvenation: 100,
      rejuvenationStepSize: 0.01,
    },
    // An odd number of modes in place of the published eight: whole pairs are modes of every larger ring.
    'quantum-double-well': { beads: 9, modes: 9 },
    'poisson-8d': {
      ...publishedNoise, lambdas: [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1], stepSize: 2e-5, stepsPerRound: 10,
      thinning: 4, ladders: 100, rounds: 1000, warmupRounds: 500, layers: 8, hidden: 512, bins: 32, theta: 0.6,
      particles: 100_000, samples: 100_000,
      stageSamples: 100_000, steps: 1000, stageSteps: 1000, weightSteps: 1000,
    },
  },
};

/** @throws InputError with the nearest name */
export function presetNamed(name: string): PresetName {
  const found = presetNames.find((preset) => preset === name);
  if (found !== undefined) return found;
  const near = nearestName(name, presetNames);
  throw new InputError(
    `unknown preset "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the presets are `
      + `${presetNames.join(', ')}`
  );
}

/**
 * Boxes of the published networks where the target's own differ: they cut off a part of the target, which the flow then
 * leaves alone.
 */
const publishedBoxes: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  'rosenbrock-4d': [[-1.6, 2], [-0.5, 2], [-0.5, 3], [-0.5, 6.5]],
  // Three deviations of the base on every mode.
  'quantum-double-well': new Array<[number, number]>(9).fill([-3, 3]),
};

/**
 * The target as a preset and the settings want it. @param given settings from the command line, or all those of a run
 */
export function targetFor(target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}): Target {
  const shape = shapeOf({ ...target.settings, ...adjustments[preset][target.name], ...given });
  return boxedFor(
    shapedTarget(
      target,
      preset === 'paper' && target.pathIntegral
        !== undefined ? { ...shape, ...publishedReference(shape.beta || target.pathIntegral.particle.beta) } : shape
    ),
    preset
  );
}

/** The base of the published path integrals: V0 = x²/2 on every mode. */
const publishedReference = (beta: number): RingShape =>
  ({ curvature: 1, base: { mean: 0, standardDeviation: 1 / Math.sqrt(beta) } });

/** What the settings say of a path integral's shape. */
export const shapeOf = ({ beta, beads, modes }: Readonly<Record<string, unknown>>): RingShape =>
  Object.fromEntries(Object.entries({ beta, beads, modes }).filter(([, value]) => typeof value === 'number'));

function boxedFor(target: Target, preset: PresetName): Target {
  const boxes = preset === 'paper' ? publishedBoxes[target.name] : undefined;
  if (boxes?.length !== target.dimension) return target;
  const domain = target.domain.map((coordinate, j) => ({ ...coordinate, low: boxes[j][0], high: boxes[j][1] }));
  return { ...target, domain, base: { ...target.base, domain } };
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

/** The settings of a run: preset, then target, then the preset's adjustment for the target, then what the user set. */
export function settingsFor(
  target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}
): Settings {
  const own = {
    ...presets[preset], ...(preset === 'paper' ? {} : spacious(target)), ...(isNoisy(target) ? noisy[preset] : {}),
    ...(target.pathIntegral === undefined ? {} : pathIntegral[preset]), ...target.settings,
    ...adjustments[preset][target.name]
  };
  try {
    checkSettings(own);
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`target "${target.name}": in its settings: ${error.message}`, { cause: error })
      : error;
  }
  return checkSettings({ ...byShortNames(own), ...byShortNames(given) });
}
