/** The standing of what a ladder's particles say: they share flows and λ, and rest on tempering along the path. */
import type { Estimate, LadderSummary, StageSummary, Warning } from '../records/record.ts';
import { hasMixed } from './mixing.ts';
import { doubt } from './standing.ts';
import type { Support } from './support.ts';

const COLLAPSED = 'the ensemble has collapsed to a few particles';
const UNMIXED = 'tempering along the path has not mixed, as far as its ladders show';

/** @param own warnings of its stages */
export function standingLadder(ladder: LadderSummary, support: Support, own: readonly Warning[]): LadderSummary {
  const path = ladder.tempering ?? support.banks[0].summary;
  const mixed = hasMixed(path);
  const collapsedFrom = ladder.stages.find(({ ess }) => ess === null || ess * ladder.particles < 2 * ladder.groups)?.stage ?? Infinity;
  const disagrees = own.filter(({ code, standing }) => code === 'log-z-disagrees' && standing !== undefined);
  const particles = (estimate: Estimate, stage: number, route: Estimate | null): Estimate => {
    const collapsed = stage >= collapsedFrom ? [doubt('unknown', 'collapsed', COLLAPSED)] : [];
    const { value, standardError } = estimate;
    if (value === null || standardError === null) return { value, standardError: null, standing: 'unknown', reason: COLLAPSED };
    return support.stand({ value, standardError }, ladder.particles, route === null ? null : numbers(route), null, [...collapsed, ...disagrees]);
  };
  const last = ladder.stages[ladder.stages.length - 1];
  const stages = ladder.stages.map((stage): StageSummary => ({
    ...stage,
    logZ: particles(stage.logZ, stage.stage, stage.logZTempering),
    logZTempering: mixed ? { ...stage.logZTempering, standing: 'sound' } : { ...stage.logZTempering, standardError: null, standing: 'unknown', reason: UNMIXED },
  }));
  return {
    ...ladder,
    stages,
    logZ: particles(ladder.logZ, last.stage, last.logZTempering),
    modes: ladder.modes.map(({ name, ...mass }) => ({ name, ...particles(mass, last.stage, null) })),
  };
}

const numbers = ({ value, standardError }: Estimate): { value: number; standardError: number } => ({ value: value ?? Number.NaN, standardError: standardError ?? Number.NaN });
