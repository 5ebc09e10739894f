/**
 * Settings by preset. `paper` runs the published settings (arXiv 2604.05303, single-step experiments); `default` is
 * ours, chosen on the figures in docs/design.md; `quick` is for a first look and for continuous integration.
 */
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import { checkSettings, type Settings } from '../generators/settings.ts';
import type { Target } from '../targets/target.ts';

export const presetNames = ['quick', 'default', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

const ours: Settings = {
  theta: 0.25,
  kappa: 1.5,
  renyiOrder: 1,
  variationPairings: 1,
  layers: 6,
  hidden: 24,
  bins: 16,
  activation: 'silu',
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
  samples: 200_000,
  baseSampling: 'independent',
  precision: 'float32',
  executor: 'auto',
  threads: 0,
  device: 'cpu',
};

/** 20,000 PT samples, 4×256×16 with ReLU, Adam at 1e-4 for 40 epochs of batches of 2000, 320,000 generated samples. */
const published: Settings = {
  ...ours,
  theta: 0.5,
  kappa: 0,
  layers: 4,
  hidden: 256,
  activation: 'relu',
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
  samples: 320_000,
};

const quick: Settings = { ...ours, layers: 4, steps: 300, evaluateEvery: 50, rounds: 800, samples: 50_000 };

const presets: Readonly<Record<PresetName, Settings>> = { quick, default: ours, paper: published };

/** What a preset changes for one target. */
const adjustments: Readonly<Partial<Record<PresetName, Readonly<Record<string, Partial<Settings>>>>>> = {
  default: {
    'three-well': { layers: 4, steps: 500 },
    'periodic-well': { steps: 2000 },
  },
  paper: { 'periodic-well': { steps: 1000 } },
};

/** @throws InputError with the nearest name */
export function presetNamed(name: string): PresetName {
  const found = presetNames.find((preset) => preset === name);
  if (found !== undefined) return found;
  const near = nearestName(name, presetNames);
  throw new InputError(`unknown preset "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the presets are ${presetNames.join(', ')}`);
}

/** The settings of a run: preset, then target, then the preset's adjustment for the target, then what the user set. */
export function settingsFor(target: Target, preset: PresetName, given: Readonly<Record<string, unknown>> = {}): Settings {
  const own = { ...presets[preset], ...target.settings, ...adjustments[preset]?.[target.name] };
  try {
    checkSettings(own);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`target "${target.name}": in its settings: ${error.message}`, { cause: error }) : error;
  }
  return checkSettings({ ...own, ...given });
}
