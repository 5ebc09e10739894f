/** The standing of what a ladder's particles say: they share flows and λ, and rest on tempering along the path. */
import type { Estimate, LadderSummary, StageSummary, Warning } from '../records/record.ts';
import { doubt } from './standing.ts';
import { bankWarnings, Support } from './support.ts';

const COLLAPSED = 'the ensemble has collapsed to a few particles';

/** @param own warnings of its stages */
export function standingLadder(ladder: LadderSummary, support: Support, own: readonly Warning[]): LadderSummary {
  const path = ladder.tempering ?? support.banks[0].summary;
  const bank = { name: 'tempering along the path', summary: path, warnings: [] };
  // What is unknown of the run is unknown of all its figures.
  const ofPath = support.standing === 'unknown' ? new Support([bank], support.checks)
    : new Support([bank], bankWarnings(bank));
  const collapsedFrom =
    ladder.stages.find(({ ess }) => ess === null || ess * ladder.particles < 2 * ladder.groups)?.stage ?? Infinity;
  const disagrees = own.filter(({ code, standing }) => code === 'log-z-disagrees' && standing !== undefined);
  const particles = (estimate: Estimate, stage: number, route: Estimate | null): Estimate => {
    const collapsed = stage >= collapsedFrom ? [doubt('unknown', 'collapsed', COLLAPSED)] : [];
    const { value, standardError } = estimate;
    if (value === null || standardError === null)
      return { value, standardError: null, standing: 'unknown', reason: COLLAPSED };
    return support.stand({ value, standardError }, ladder.particles, route === null ? null : numbers(route), null, [
      ...collapsed, ...disagrees
    ]);
  };
  const last = ladder.stages[ladder.stages.length - 1];
  const stages = ladder.stages.map((stage): StageSummary => ({
    ...stage,
    logZ: particles(stage.logZ, stage.stage, stage.logZTempering),
    logZTempering: ofPath.tempered(numbers(stage.logZTempering)),
  }));
  return {
    ...ladder,
    stages,
    tempering: ladder.tempering === null ? null : ofPath.summary,
    logZ: particles(ladder.logZ, last.stage, last.logZTempering),
    modes: ladder.modes.map(({ name, ...mass }) => ({ name, ...particles(mass, last.stage, null) })),
  };
}

const numbers = ({ value, standardError }: Estimate): { value: number; standardError: number } =>
  ({ value: value ?? Number.NaN, standardError: standardError ?? Number.NaN });
