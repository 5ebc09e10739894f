/** The report of `jeffreys check` for people. */
import { duration } from '../announce.ts';
import type { CheckReport } from './report.ts';
import type { SubjectReport } from './subjects.ts';
import type { SamplerCost } from './tempering.ts';
import type { Timing } from './timing.ts';

/** Label and text. */
type Line = readonly [string, string];

const count = (value: number): string => value.toLocaleString('en-US');

/** A short time in its own unit: 12.3 µs. */
function short(seconds: number): string {
  const [unit, scale] = seconds < 1e-6 ? ['ns', 1e9] as const : seconds < 1e-3 ? ['µs', 1e6] as const
    : seconds < 1 ? ['ms', 1e3] as const : ['s', 1] as const;
  return `${(seconds * scale).toPrecision(3)} ${unit}`;
}

/** Seconds of a phase: short ones too. */
const long = (seconds: number): string => (seconds < 10 ? short(seconds) : duration(seconds));

export function checkText(report: CheckReport): string {
  const { target, file, kind, dimension, preset } = report;
  const head: Line[] = [
    ['target', `${target}, ${dimension} ${dimension === 1 ? 'coordinate' : 'coordinates'}, ${kind}`],
    ...(file === null ? [] : [['file', file] as const]),
  ];
  const costs: Line[] = [['a run', `preset ${preset}, estimated`], ...costLines(report)];
  const groups = [head, ...report.energies.map(energyLines), costs];
  const width = Math.max(...groups.flat().map(([label]) => label.length));
  const text = groups.map((lines) => lines.map(([label, said]) => `${label.padEnd(width)}  ${said}\n`).join(''));
  return text.join('\n');
}

function energyLines(energy: SubjectReport): Line[] {
  const { name, description: { executor, reason, operations, form }, timing, traceSeconds, compileSeconds } = energy;
  const timed = ({ onePoint, batch, perPoint }: Timing): string =>
    `${short(perPoint)} a point (${count(timing.points)} in ${short(batch)}); a single one ${short(onePoint)}`;
  const traced = traceSeconds === null ? '' : `traced in ${short(traceSeconds)}, `;
  return [
    [name, executor + (form === 'loops' ? ' in loops' : '') + (operations === null ? ''
      : `, ${count(operations.energy)} operations a point, ${count(operations.withGradient)} with gradient`)],
    ...(reason === null ? [] : [['  why', reason] as const]),
    ['  made', `${traced}compiled in ${short(compileSeconds)}, first call ${short(timing.first)}`],
    ['  gradient', gradientText(energy)],
    ['  energy alone', timed(timing.energy)],
    ['  with gradient', timed(timing.withGradient)],
  ];
}

function gradientText({ gradient: { points, compared, kinks, undecided, largestDeviation } }: SubjectReport): string {
  const open = [kinks > 0 ? `${kinks} at kinks` : '', undecided > 0 ? `${undecided} undecided` : '']
    .filter((part) => part !== '').map((part) => `, ${part}`).join('');
  const agreeing = compared - kinks - undecided;
  return `${agreeing} of ${compared} slopes at ${points} points agree with differences`
    + (agreeing > 0 ? ` to ${largestDeviation.toPrecision(1)}` : '') + open;
}

function samplerLine({ name, arithmetic, rungs, ladders, steps, gradients, seconds }: SamplerCost): Line {
  const chains = `${count(rungs)} rungs × ${count(ladders)} ladders × ${count(steps)} steps`;
  return [`  ${name}`, `${long(seconds)}: ${chains}, ${count(gradients)} gradients, ${arithmetic}`];
}

function costLines({ samplers, training, generation, generator, memoryBytes }: CheckReport): Line[] {
  const { flows, steps, batch, evaluations, energySeconds, executor, stepSeconds, seconds, measured } = training;
  const each = `${flows === null ? 'each stage ' : flows === 1 ? '' : `${flows} flows × `}${count(steps)} steps × `
    + `${count(batch)} points`;
  const by = `${executor}${measured ? '' : ', by its size alone'}`;
  const whole = `${long(seconds)} at ${short(stepSeconds)} a step (${by})`;
  const energies = evaluations === 0 ? 'no energies (theta is 0)'
    : `${count(evaluations)} energies with gradients, ${long(energySeconds)} of it`;
  const later: Line[] = generator !== 'auto' ? []
    : [['  then', 'a ladder of flows, should one fall short: not in these figures']];
  const weighed = generation.energySeconds === null ? ''
    : `, ${long(generation.energySeconds)} of energies; the flow's part is left out`;
  return [
    ...samplers.map(samplerLine),
    ['  training', `${whole}: ${each}; ${energies}`],
    ...later,
    ['  generation', `${count(generation.samples)} samples${weighed}`],
    ['  memory', `about ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`],
  ];
}
