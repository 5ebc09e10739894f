/**
 * The account of a run: every figure of the weighted samples with its standing, beside the truth, and what to warn of.
 */
import { foldIn, type Key } from '../engine/random.ts';
import { coverageSteps, modeCoverage } from '../estimators/coverage.ts';
import { effectiveSampleSize, forwardEss, truncatedForwardEss } from '../estimators/ess.ts';
import type { Estimate, TailedEstimate } from '../estimators/estimate.ts';
import { l2Bias } from '../estimators/expectation.ts';
import { InputError } from '../errors.ts';
import { noPause, withPauses, type Pause } from '../pausing.ts';
import { storedExtended, storedFigure } from '../records/figure.ts';
import type {
  GenerationSummary, LadderSummary, ModeSummary, RunResult, TrainingSummary, Warning
} from '../records/record.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import { targetTruth, type Truth } from '../targets/truth.ts';
import { exactDoubts, otherFlowDoubts, routeDoubts, type Route } from './agreement.ts';
import { undefinedDoubts, undefinedPoints } from './defined.ts';
import { coverageDoubts, heldOutDoubts, modeDoubts } from './reach.ts';
import { standingOf } from './standing.ts';
import { standingLadder } from './standingLadder.ts';
import { bankWarnings, canCompare, Support, tailDoubts, type Bank } from './support.ts';
import { wholeError } from './trust.ts';
import { searchWells, wellDoubts, type WellSearch } from './wells.ts';
import { weightDoubts } from './weights.ts';
import type { Ensemble } from './ensemble.ts';
import { temperedEstimates, weightedEstimates } from './estimates.ts';
import { projectionSummaries } from './projections.ts';
import type { TemperedSamples } from './samples.ts';
import { energyNotice, flowNotices } from './warnings.ts';

export interface JudgeOptions {
  readonly target: Target;
  /** null where only noisy values of it are known. */
  readonly energy: EnergyEvaluator | null;
  readonly tempered: TemperedSamples;
  /** Other sampling runs that the samples rest on. */
  readonly banks?: readonly Bank[];
  /** Of the flow, or of a ladder's last one. */
  readonly training: TrainingSummary;
  readonly ensemble: Ensemble;
  /** Why energies run in the slower executor, if they do. */
  readonly energyNotices?: readonly string[];
  /** What is known exactly, where it is at hand already. */
  readonly truth?: KnownTruth;
  /** Of a ladder of flows, whose particles are judged beside the samples; what its stages warn of. */
  readonly ladder?: { readonly summary: LadderSummary; readonly warnings: readonly Warning[] };
  /** log w of points back through the flows, to search for wells that they miss; null: no search. */
  readonly pullBack: WellSearch['logWeightsOf'] | null;
  /** log Z by the weights of other flows for the same target, of those without heavy tails; default none. */
  readonly otherFlows?: readonly Estimate[];
  /** Warnings that only the caller can raise, those about the weights first. */
  readonly more?: readonly Warning[];
  /**
   * Whether held-out samples were weighed with the energy itself, so that their weights tell something; default true.
   */
  readonly exactHeldOut?: boolean;
  readonly key: Key;
  /** Called within what takes long in many dimensions. */
  readonly pause?: Pause;
}

export interface Judged {
  readonly result: Omit<RunResult, 'seconds' | 'peakMemoryBytes'>;
  /** What other figures of the same run rest on. */
  readonly support: Support;
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
    return { truth: null, warnings: [
      { code: 'no-truth', severity: 'note', message: `No exact values by quadrature: ${error.message}.` }
    ] };
  }
}

const ADVICE = 'Train longer, or enlarge the flow.';

/** Everything that a verdict rests on, before any of it is judged. */
interface Evidence {
  readonly banks: readonly Bank[];
  readonly truth: Truth | null;
  readonly pt: ReturnType<typeof temperedEstimates>;
  readonly raw: ReturnType<typeof weightedEstimates>;
  readonly routes: readonly CheckedRoute[];
  readonly reached: Reached;
}

export async function judge(options: JudgeOptions): Promise<Judged> {
  const { target, energy, training, energyNotices = [], ladder } = options;
  const { truth, warnings: notes } = options.truth ?? truthOf(target, energy);
  const evidence = await evidenceOf(options, truth);
  const { banks, routes, raw: { weights } } = evidence;
  const checks = await checksOf(options, evidence);
  const first = new Support(banks, checks);
  // What is exactly known is compared with errors that cover all the rest.
  checks.push(...exactDoubts(routes.map((route) => {
    const whole = first.stand(route.estimate, weights.n, route.tempering, null);
    return { ...route, weighted: { ...route.weighted, standardError: whole.standardError ?? Number.NaN } };
  })));
  const support = new Support(banks, checks);
  const generation = generationOf(options, evidence, support);
  // Tails and notices are about single figures: the others stand as they are.
  const warnings = [
    ...checks, ...tailDoubts(routes.slice(1), weights.n), ...flowNotices(generation, training),
    ...(ladder?.warnings ?? []), ...energyNotices.map(energyNotice), ...notes,
  ];
  return {
    support,
    result: {
      parallelTempering: support.summary,
      training,
      generation,
      choice: null,
      ladder: ladder === undefined ? null : standingLadder(ladder.summary, support, ladder.warnings),
      rounds: null,
      noise: null,
      pathIntegral: null,
      warnings,
      standing: standingOf(warnings),
    },
  };
}

async function evidenceOf(options: JudgeOptions, truth: Truth | null): Promise<Evidence> {
  const { target, tempered: { summary, warnings, ...tempered }, ensemble } = options;
  const pt = temperedEstimates(target, { ...tempered, summary, warnings });
  const name = summary.kernel === 'sgld' ? 'reSGLD' : 'tempering';
  const banks: Bank[] = [{ name, summary, warnings }, ...(options.banks ?? [])];
  const beyond = beyondWeights(options, banks);
  const { samples, logWeights } = ensemble;
  const raw = ensemble.estimates ?? weightedEstimates(target, samples, logWeights, null, beyond.most);
  const reached = await reachOf(options, pt, truth, { ...beyond, error: raw.weights.logZ.standardError });
  return { banks, truth, pt, raw, routes: routesOf(target, raw, pt, truth), reached };
}

/** What is wrong, as far as it can be seen without what is exactly known. */
async function checksOf(
  options: JudgeOptions, { banks, raw: { weights }, reached, routes }: Evidence
): Promise<Warning[]> {
  const { target, energy, tempered, ensemble, key, more = [], otherFlows = [] } = options;
  const largest = ensemble.plain?.largest ?? largestOf(ensemble.logWeights);
  return [
    ...banks.flatMap(bankWarnings),
    ...more,
    ...weightDoubts(weights, '', ADVICE),
    ...(energy === null ? []
      : undefinedDoubts(undefinedPoints(energy, target.base, tempered.positions, foldIn(key, 'defined')))),
    ...reached.warnings,
    ...wellDoubts(await missedWells(options, weights.logZ.value, largest)),
    ...(canCompare(banks) ? routeDoubts(routes) : []),
    ...otherFlowDoubts(routes[0].weighted, otherFlows),
  ];
}

/** Every figure of the weighted samples, with its standing. */
function generationOf(
  { target, tempered, ensemble }: JudgeOptions, { raw, pt, routes, reached }: Evidence, support: Support,
): GenerationSummary {
  const { weights, observables } = raw;
  const stored = routes.map((route) => support.stand(route.estimate, weights.n, route.tempering, route.exact));
  const exactOf = (k: number): number | null => routes[k].exact;
  const m = observables.length;
  const [logZ, values, masses] = [stored[0], stored.slice(1, 1 + m), stored.slice(1 + m)];
  const unknown = support.standing === 'unknown';
  return {
    seconds: ensemble.seconds,
    samples: weights.n,
    ess: storedFigure(weights.fraction),
    forwardEss: storedFigure(forwardEss(ensemble.heldOutLogWeights).fraction),
    paretoK: storedExtended(weights.logZ.tail.k),
    coverage: reached.coverage,
    modes: reached.modes.map((mode, k) => ({
      ...mode, weighted: masses[k] ?? support.stand({ value: 1, standardError: 0 }, weights.n, null, null),
      pt: support.tempered(pt.masses[k]), ...(unknown ? { flow: { ...mode.flow, standardError: null } } : {}),
    })),
    logZ: { ...logZ, exact: exactOf(0) },
    observables: target.observables.map(({ name }, k) =>
      ({ name, ...values[k], exact: exactOf(1 + k), tempering: support.tempered(pt.observables[k]) })),
    projections: support.projections(projectionSummaries(target, tempered, ensemble), weights.logZ, pt.logZ),
    bias: storedFigure(l2Bias(observables.map(({ value }) => value), observables.map((_, k) => exactOf(1 + k)))),
    nonFinite: weights.logZ.nonFinite,
    outOfBox: outOfBox(target, ensemble.samples),
  };
}

interface CheckedRoute extends Route {
  readonly estimate: TailedEstimate;
}

/** log Z, then the observables, then the modes, by weights and by tempering. */
function routesOf(
  target: Target, raw: ReturnType<typeof weightedEstimates>, pt: ReturnType<typeof temperedEstimates>,
  truth: Truth | null
): CheckedRoute[] {
  const route = (
    name: string, estimate: CheckedRoute['estimate'], tempering: Estimate | null, exact: number | null
  ): CheckedRoute =>
    ({ name, estimate, tempering, exact, weighted: { value: estimate.value, standardError: wholeError(estimate) } });
  return [
    route('log Z', raw.weights.logZ, pt.logZ, truth?.logZ ?? null),
    ...raw.observables.map(
      (estimate, k) => route(target.observables[k].name, estimate, pt.observables[k], truth?.observables[k] ?? null)
    ),
    // The mass of an only mode is one, and has no error.
    ...(raw.masses.length === 1 ? [] : raw.masses).map((estimate, k) => route(
      `the mass of ${target.modes?.names[k] ?? k}`, estimate, pt.masses[k], truth?.modeMasses?.[k] ?? null
    )),
  ];
}

/** Share of the samples beyond the box, where the flow is the identity. */
function outOfBox({ domain, dimension: d }: Target, samples: Float64Array): number {
  const n = samples.length / d;
  let outside = 0;
  for (let i = 0; i < n; i++) {
    if (domain.some(
      ({ kind, low, high }, j) => kind === 'real' && (samples[i * d + j] < low || samples[i * d + j] > high)
    )) outside += 1;
  }
  return outside / n;
}

const largestOf = (logWeights: Float64Array): number =>
  logWeights.reduce((most, value) => (value < Infinity && value > most ? value : most), -Infinity);

async function missedWells(
  { target, energy, pullBack, key, pause }: JudgeOptions, logZ: number, largest: number
): ReturnType<typeof searchWells> {
  return energy === null || pullBack === null ? []
    : searchWells({ target, energy, logWeightsOf: pullBack, logZ, largest, key: foldIn(key, 'wells'), pause });
}

/**
 * Held-out samples of tempering with a weight above every sample's, and what that says of the mass that no sample has
 * seen: where tempering has mixed, one more of its effective ones might be there. The samples of moves are of another
 * proposal.
 */
function beyondWeights(
  { ensemble: { heldOutLogWeights, logWeights, plain }, tempered: { summary }, exactHeldOut = true }: JudgeOptions,
  banks: readonly Bank[]
): { beyondCount: number; most: number } {
  const largest = plain?.largest ?? largestOf(logWeights);
  const beyondCount = heldOutLogWeights.filter((value) => value > largest).length;
  const effective = heldOutLogWeights.length * Math.min(1, (summary.effectiveSampleSize ?? 0) / summary.samples);
  return {
    beyondCount, most: plain === null && exactHeldOut && canCompare(banks) ? (beyondCount + 1) / effective : Infinity
  };
}

interface Reached {
  readonly modes: readonly ModeSummary[];
  readonly coverage: GenerationSummary['coverage'];
  readonly warnings: readonly Warning[];
}

/** What the flow reaches of what tempering has found. */
async function reachOf(
  { target, tempered, ensemble, exactHeldOut = true, pause = noPause }: JudgeOptions,
  pt: ReturnType<typeof temperedEstimates>, truth: Truth | null,
  { beyondCount, error }: { beyondCount: number; error: number },
): Promise<Reached> {
  const { samples, logWeights, heldOutLogWeights, trainedEss, plain } = ensemble;
  const flow = weightedEstimates({ ...target, observables: [] }, samples, new Float64Array(logWeights.length)).masses;
  const none = { value: null, standardError: null };
  const modes = (target.modes?.names ?? []).map((name, k): ModeSummary => ({
    name, weighted: none,
    flow: { value: storedFigure(flow[k].value), standardError: storedFigure(flow[k].standardError) },
    pt: { value: storedFigure(pt.masses[k].value), standardError: null }, exact: truth?.modeMasses?.[k] ?? null,
  }));
  const neighbours = modes.length > 0 ? null
    : await withPauses(coverageSteps(tempered.positions, samples, target.domain), pause);
  const coverage: GenerationSummary['coverage'] = modes.length > 0
    ? { kind: 'modes', value: storedFigure(
      modeCoverage(modes.map((mode) => mode.flow.value ?? 0), modes.map((mode) => mode.exact ?? mode.pt.value ?? 0))
    ) }
    : { kind: 'neighbours', value: storedFigure(neighbours?.value ?? Number.NaN) };
  const ess = plain?.ess ?? effectiveSampleSize(logWeights).fraction;
  const held = {
    ess: storedFigure(ess), forwardEss: storedFigure(truncatedForwardEss(heldOutLogWeights).fraction), trainedEss,
    beyondCount, beyond: beyondCount / heldOutLogWeights.length, error
  };
  const lost = modeDoubts(modes);
  return { modes, coverage, warnings: [
    ...lost, ...(neighbours === null ? [] : coverageDoubts(neighbours)),
    ...(lost.length > 0 || !exactHeldOut ? [] : heldOutDoubts(held))
  ] };
}
