/** The account of a run: every figure of the ensemble beside the truth, and what to warn of. */
import { chainMean } from '../estimators/autocorrelation.ts';
import { coverageSteps, modeCoverage } from '../estimators/coverage.ts';
import { effectiveSampleSize, forwardEss } from '../estimators/ess.ts';
import type { Estimate } from '../estimators/estimate.ts';
import { expectations, l2Bias } from '../estimators/expectation.ts';
import { estimateLogZ } from '../estimators/logZ.ts';
import { modeMasses } from '../estimators/modeMass.ts';
import { paretoK } from '../estimators/paretoK.ts';
import { InputError } from '../errors.ts';
import { noPause, withPauses, type Pause } from '../pausing.ts';
import { storedEstimate, storedFigure } from '../records/figure.ts';
import type { GenerationSummary, ModeSummary, RunResult, TrainingSummary, Warning } from '../records/record.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import { targetTruth, type Truth } from '../targets/truth.ts';
import type { Ensemble } from './ensemble.ts';
import { modeLabels } from './pointValues.ts';
import { projectionSummaries } from './projections.ts';
import type { TemperedSamples } from './samplingPhase.ts';
import { energyNotice, generationWarnings } from './warnings.ts';

export interface JudgeOptions {
  readonly target: Target;
  /** null where only noisy values of it are known. */
  readonly energy: EnergyEvaluator | null;
  readonly tempered: TemperedSamples;
  /** Of the flow, or of a ladder's last one. */
  readonly training: TrainingSummary;
  readonly ensemble: Ensemble;
  /** Why energies run in the slower executor, if they do. */
  readonly energyNotices?: readonly string[];
  /** What is known exactly, where it is at hand already. */
  readonly truth?: KnownTruth;
  /** Called within what takes long in many dimensions. */
  readonly pause?: Pause;
}

/** What is known exactly of a target, and a note where nothing is. */
export interface KnownTruth {
  readonly truth: Truth | null;
  readonly warnings: readonly Warning[];
}

/** @param energy null where only noisy values of it are known: then nothing is known by quadrature */
export function truthOf(target: Target, energy: EnergyEvaluator | null): KnownTruth {
  try {
    return { truth: targetTruth(target, energy), warnings: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { truth: null, warnings: [{ code: 'no-truth', severity: 'note', message: `No exact values by quadrature: ${error.message}.` }] };
  }
}

/** Masses in correlated PT samples: round-major labels become one chain per ladder. */
function temperedMasses(modes: Int32Array, count: number, ladders: number): Estimate[] {
  const rounds = modes.length / ladders;
  return Array.from({ length: count }, (_, k) => {
    const indicator = new Float64Array(modes.length);
    for (let l = 0; l < ladders; l++) for (let r = 0; r < rounds; r++) indicator[l * rounds + r] = modes[r * ladders + l] === k ? 1 : 0;
    return chainMean(indicator, ladders);
  });
}

function modeSummaries({ target, tempered, ensemble }: JudgeOptions, truth: Truth | null): ModeSummary[] {
  const { modes } = target;
  if (modes === undefined) return [];
  const count = modes.names.length;
  const generated = modeLabels(target, ensemble.samples, modes.assign);
  const weighted = modeMasses(generated, count, ensemble.logWeights).masses;
  const flow = modeMasses(generated, count, null).masses;
  const pt = temperedMasses(modeLabels(target, tempered.positions, modes.assign), count, tempered.summary.ladders);
  return modes.names.map((name, k) => ({
    name, weighted: storedEstimate(weighted[k]), flow: storedEstimate(flow[k]), pt: storedEstimate(pt[k]), exact: truth?.modeMasses?.[k] ?? null,
  }));
}

export async function judge(options: JudgeOptions): Promise<Omit<RunResult, 'seconds' | 'peakMemoryBytes'>> {
  const { target, energy, tempered, training, ensemble, energyNotices = [], pause = noPause } = options;
  const { samples, logWeights, heldOutLogWeights } = ensemble;
  const d = target.dimension;
  const n = logWeights.length;
  const { truth, warnings: notes } = options.truth ?? truthOf(target, energy);
  const extra: Warning[] = [...energyNotices.map(energyNotice), ...notes];
  const ess = effectiveSampleSize(logWeights);
  const logZ = estimateLogZ(logWeights);
  const values = expectations(samples, d, target.observables.map(({ value }) => value), logWeights);
  const exact = target.observables.map((_, k) => truth?.observables[k] ?? null);
  const modes = modeSummaries(options, truth);
  const coverage: GenerationSummary['coverage'] = modes.length > 0
    ? { kind: 'modes', value: storedFigure(modeCoverage(modes.map((mode) => mode.flow.value ?? 0), modes.map((mode) => mode.exact ?? mode.pt.value ?? 0))) }
    : { kind: 'neighbours', value: storedFigure((await withPauses(coverageSteps(tempered.positions, samples, target.domain), pause)).value) };
  let outside = 0;
  for (let i = 0; i < n; i++) {
    if (target.domain.some(({ kind, low, high }, j) => kind === 'real' && (samples[i * d + j] < low || samples[i * d + j] > high))) outside += 1;
  }
  const generation: GenerationSummary = {
    seconds: ensemble.seconds,
    samples: n,
    ess: storedFigure(ess.fraction),
    forwardEss: storedFigure(forwardEss(heldOutLogWeights).fraction),
    paretoK: storedFigure(paretoK(logWeights).k),
    coverage,
    modes,
    logZ: { ...storedEstimate(logZ), exact: truth?.logZ ?? null },
    observables: target.observables.map(({ name }, k) => ({ name, ...storedEstimate(values[k]), exact: exact[k] })),
    projections: projectionSummaries(target, tempered, ensemble),
    bias: storedFigure(l2Bias(values.map(({ value }) => value), exact)),
    nonFinite: logZ.nonFinite,
    outOfBox: outside / n,
  };
  return {
    parallelTempering: tempered.summary,
    training,
    generation,
    choice: null,
    ladder: null,
    noise: null,
    pathIntegral: null,
    warnings: [...tempered.warnings, ...generationWarnings(generation, training, tempered.summary), ...extra],
  };
}
