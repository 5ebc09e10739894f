/**
 * What the figures of a run rest on: the sampling runs behind it and all that was found wrong, and what that leaves of
 * each figure.
 */
import type { Estimate, TailedEstimate } from '../estimators/estimate.ts';
import { storedFigure } from '../records/figure.ts';
import type {
  Estimate as StoredEstimate, ParallelTemperingSummary, ProjectionSummary, Standing, Warning
} from '../records/record.ts';
import { kernels } from '../samplers/kernels.ts';
import { hasMixed, mixingWarnings } from './mixing.ts';
import { doubt, reasonOf, standingOf, worst } from './standing.ts';
import { stand, standingOfTail } from './trust.ts';

/** A sampling run that others learn from. */
export interface Bank {
  /** In messages: "tempering", "reSGLD". */
  readonly name: string;
  readonly summary: ParallelTemperingSummary;
  readonly warnings: readonly Warning[];
}

export const bankWarnings = ({ summary, warnings, name }: Bank): Warning[] => mixingWarnings(summary, warnings, name);

/** Whether a run's samples have no bias but that of not having mixed. */
const isExact = ({ summary: { kernel } }: Bank): boolean =>
  Object.entries(kernels).some(([name, { exact }]) => name === kernel && exact);

/** Whether the first bank's own estimates, and their errors, can be held against others. */
export const canCompare = ([first]: readonly Bank[]): boolean => isExact(first) && hasMixed(first.summary);

const UNMIXED = 'tempering has not mixed, as far as its ladders show';
const CONSTANT = 'its samples do not vary, or tell no error';
const BIASED = "the sampler's kernel is biased, and its error does not know of that";

/** log Z of a sampling run as it goes into the record, and all else as it is. */
export const standingBank = (bank: Bank): ParallelTemperingSummary => new Support([bank], bankWarnings(bank)).summary;

export class Support {
  readonly standing: Standing;
  /** In one line; null where all is sound. */
  readonly reason: string | null;

  /** @param checks all that was found, of which some lower the standing */
  constructor(readonly banks: readonly Bank[], readonly checks: readonly Warning[]) {
    this.standing = standingOf(checks);
    this.reason = reasonOf(checks);
  }

  /**
   * An estimate from weighted samples, as it goes into the record.
   * @param n samples behind it @param route tempering's estimate of the same, if any @param exact null where unknown
   * @param own what is wrong with these samples alone
   */
  stand(
    estimate: TailedEstimate | Estimate, n: number, route: Estimate | null, exact: number | null,
    own: readonly Warning[] = []
  ): StoredEstimate {
    const { standing, reason } = this.with(own);
    const usable = this.banks.length > 0 && isExact(this.banks[0]) ? route : null;
    return stand(estimate, n, {
      standing, reason, route: usable, routeUnmixed: this.banks.length > 0 && !canCompare(this.banks), exact
    });
  }

  /** An estimate of the first bank alone, as it goes into the record. */
  tempered({ value, standardError }: Estimate): StoredEstimate {
    const [first] = this.banks;
    const reason = this.standing === 'unknown' ? this.reason
      : !isExact(first) ? BIASED
        : !hasMixed(first.summary) ? UNMIXED : Number.isFinite(standardError) ? null : CONSTANT;
    if (reason !== null) return { value: storedFigure(value), standardError: null, standing: 'unknown', reason };
    return { value: storedFigure(value), standardError, standing: 'sound' };
  }

  /** The figures of the first bank, log Z with its standing. */
  get summary(): ParallelTemperingSummary {
    const { summary } = this.banks[0];
    const { logZ } = summary;
    return { ...summary, logZ: logZ === null ? null : this.tempered(
      { value: logZ.value ?? Number.NaN, standardError: logZ.standardError ?? Number.NaN }
    ) };
  }

  /** Standing with more that was found. */
  with(own: readonly Warning[]): { readonly standing: Standing; readonly reason: string | null } {
    return { standing: worst([this.standing, standingOf(own)]), reason: this.standing === 'unknown' ? this.reason : (
      reasonOf(own) ?? this.reason
    ) };
  }

  /** Errors of free energies are relative ones of densities, so they widen with log Z's; unknown ones go. */
  projections(
    summaries: readonly ProjectionSummary[], logZ: Estimate, tempering: Estimate | null
  ): ProjectionSummary[] {
    if (this.standing === 'sound') return [...summaries];
    if (this.standing === 'unknown')
      return summaries.map((summary) => ({ ...summary, standardError: null, errors: null }));
    const gap = tempering === null ? 0 : Math.abs(logZ.value - tempering.value) / 2;
    return summaries.map((summary) => {
      if (summary.standardError === null) return summary;
      const standardError = Math.hypot(summary.standardError, gap);
      return { ...summary, standardError, errors: summary.errors === null ? null : summary.errors * (
        summary.standardError / standardError
      ) };
    });
  }
}

/** Names that one message lists at most. */
const MOST_NAMED = 4;

/** Estimates whose own values have a heavier tail than the weights: the rest may be sound, they are not. */
export function tailDoubts(
  estimates: readonly { readonly name: string; readonly estimate: TailedEstimate }[], n: number
): Warning[] {
  const heavy = estimates.filter(
    ({ estimate: { tail, standardError, value } }) =>
      !Number.isFinite(value) || standardError === 0 || standingOfTail(tail, n, standardError) !== 'sound'
  );
  if (heavy.length === 0) return [];
  const names = heavy.slice(0, MOST_NAMED).map(({ name }) => name).join(', ');
  const others = heavy.length > MOST_NAMED ? ` and ${heavy.length - MOST_NAMED} more` : '';
  return [doubt(
    'doubtful', 'heavy-values',
    `The means of ${names}${others} rest on few samples, or have values that are not finite: they are in `
      + 'doubt, whatever the weights.'
  )];
}
