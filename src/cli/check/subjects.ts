/** The energies of a target, by what they are for: each is compiled, described, checked and timed. */
import { keyFromSeed } from '../../engine/random.ts';
import { checkGradient, THOROUGH_GRADIENT_CHECK, type GradientCheck } from '../../targets/checkGradient.ts';
import { compileEnergy, energyPrograms } from '../../targets/compile.ts';
import { describeEnergy, type EnergyDescription } from '../../targets/describeEnergy.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { atDraw } from '../../targets/fixedDraw.ts';
import { compileNoisyEnergy } from '../../targets/noisyEnergy.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { tracedPrograms, type TracedPrograms } from '../../targets/tracedPrograms.ts';
import { isNoisy, type Target } from '../../targets/target.ts';
import { stopwatch, timeEnergy, type EnergyTiming } from './timing.ts';

/** An energy as it is compiled. */
export interface Compiled {
  readonly evaluator: EnergyEvaluator;
  readonly description: EnergyDescription;
  /** Seconds of tracing it, and of compiling what was traced; null where nothing is traced. */
  readonly traceSeconds: number | null;
  readonly compileSeconds: number;
}

/** What is found out about one energy. */
export interface SubjectReport extends Omit<Compiled, 'evaluator'> {
  readonly name: string;
  readonly dimension: number;
  readonly gradient: GradientCheck;
  readonly timing: EnergyTiming;
}

export interface Subject {
  readonly evaluator: EnergyEvaluator;
  readonly timing: EnergyTiming;
  readonly report: SubjectReport;
}

export interface Subjects {
  readonly all: readonly Subject[];
  /** Of the target itself; null where it is only seen with noise. */
  readonly energy: Subject | null;
  /** Where it is seen with noise. */
  readonly noisy: { readonly subject: Subject; readonly evaluator: NoisyEvaluator } | null;
  /** Of a path integral: the classical particle. */
  readonly classical: Subject | null;
}

/**
 * @param threads of large energies; undefined: as many as the machine has
 * @throws InputError for an energy that cannot be compiled, or whose gradient is wrong
 */
export function subjectsOf(target: Target, threads?: number): Subjects {
  const energy = target.hasEnergy ? subject('energy', target, compiledEnergy(target, threads)) : null;
  const noisy = isNoisy(target) ? noisySubject(target, threads) : null;
  const { pathIntegral } = target;
  const classical = pathIntegral === undefined ? null
    : subject('classical energy', pathIntegral.classical, compiledEnergy(pathIntegral.classical, threads));
  const all = [energy, noisy?.subject ?? null, classical].filter((found) => found !== null);
  return { all, energy, noisy, classical };
}

function subject(name: string, target: Target, { evaluator, ...made }: Compiled): Subject {
  const gradient = checkGradient(target, evaluator, { ...THOROUGH_GRADIENT_CHECK, what: `its ${name}` });
  const timing = timeEnergy(target.base, evaluator);
  return { evaluator, timing, report: { name, dimension: target.dimension, ...made, gradient, timing } };
}

function compiledEnergy(target: Target, threads: number | undefined): Compiled {
  const own = target.evaluator !== undefined;
  const trace = own || target.sum !== undefined ? null : (): TracedPrograms => energyPrograms(target);
  return compiled(trace, (notice) => compileEnergy(target, { notice, threads }), own);
}

/** @param trace the programs of one point, where there are such @param compile traces too, as everybody's call does */
function compiled(
  trace: (() => TracedPrograms) | null, compile: (notice: (message: string) => void) => EnergyEvaluator, own: boolean,
): Compiled {
  const notices: string[] = [];
  const tracing = stopwatch();
  const programs = trace?.() ?? null;
  const traceSeconds = programs === null ? null : tracing();
  const compiling = stopwatch();
  const evaluator = compile((message) => notices.push(message));
  const compileSeconds = compiling();
  return { evaluator, description: describeEnergy(programs, notices, own), traceSeconds, compileSeconds };
}

/** At one draw of the noise, so that it is a function of the point. */
function noisySubject(target: Target, threads: number | undefined): Subjects['noisy'] {
  const { name, noise, dimension: d } = target;
  const programs = noise === undefined ? null
    : (): TracedPrograms => tracedPrograms(name, 'noise.energy', noise.energy, [[d], [noise.size]]);
  const made: { noisy?: NoisyEvaluator } = {};
  const found = compiled(programs, (notice) => {
    made.noisy = compileNoisyEnergy(target, { notice, threads });
    return atDraw(made.noisy, keyFromSeed(0));
  }, false);
  if (made.noisy === undefined) throw new Error('nothing was compiled');
  return { subject: subject('noisy energy', target, found), evaluator: made.noisy };
}
