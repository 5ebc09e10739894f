/** Whether a figure agrees with tempering's of the same quantity, and with the exact one. */
import type { Estimate } from '../estimators/estimate.ts';
import { doubt, type Doubt } from './standing.ts';
import { EXACT_GAP, isOff, routesApart, routesGap } from './trust.ts';

/** One quantity by two routes, with what is exact of it. */
export interface Route {
  readonly name: string;
  /** By weights; its error with what was not seen. */
  readonly weighted: Estimate;
  /** By tempering alone; null where that has no trustworthy error. */
  readonly tempering: Estimate | null;
  readonly exact: number | null;
}

/** Standard errors between the two routes; NaN where one is missing. */
function apart({ weighted, tempering }: Route): number {
  return tempering === null ? Number.NaN
    : routesApart(weighted.value, tempering.value) / Math.hypot(weighted.standardError, tempering.standardError);
}

const shown = (value: number, error: number): string =>
  value.toFixed(Math.min(10, Math.max(0, 1 - Math.floor(Math.log10(error > 0 ? error : 1)))));

/** Two routes to the same figure that chance does not set so far apart: one of them misses a part of the target. */
export function routeDoubts(routes: readonly Route[]): Doubt[] {
  const compared = routes.filter((route) => Number.isFinite(apart(route)));
  const least = routesGap(compared.length);
  const off = compared.filter((route) => apart(route) > least).sort((a, b) => apart(b) - apart(a));
  const isLogZ = ({ name }: Route): boolean => name === 'log Z';
  return [off.filter(isLogZ), off.filter((route) => !isLogZ(route))]
    .filter((group) => group.length > 0).map((group) => {
    const [worst] = group;
    const { name, weighted, tempering } = worst;
    const error = Math.hypot(weighted.standardError, tempering?.standardError ?? 0);
    const code = isLogZ(worst) ? 'log-z-disagrees' : 'routes-disagree';
    const others = group.length === 1 ? '' : `, and ${group.length - 1} more of ${compared.length} figures`;
    return doubt(
      'doubtful', code,
      `The two routes to ${name} disagree: weights ${shown(weighted.value, error)}, tempering `
        + `${shown(tempering?.value ?? Number.NaN, error)}, ${apart(worst).toFixed(1)} standard errors `
        + `apart${others}. One of them misses a part of the target: run more rounds, or train longer.`
    );
  });
}

/**
 * Other flows whose weights tell more mass than those of the final samples. What no sample has seen no weight tells of,
 * so that a log Z by weights errs downwards alone: of two that chance does not set so far apart, the lower one has
 * missed something. Where it is another flow's, nothing is wrong here.
 * @param others log Z by weights without heavy tails
 */
export function otherFlowDoubts({ value, standardError }: Estimate, others: readonly Estimate[]): Doubt[] {
  const above = others.map((other) => {
    const more = Math.sign(other.value - value) * routesApart(value, other.value);
    return { other, apart: more / Math.hypot(standardError, other.standardError) };
  }).filter(({ apart: gap }) => gap > routesGap(others.length)).sort((a, b) => b.apart - a.apart);
  if (above.length === 0) return [];
  const [{ other, apart: gap }] = above;
  return [doubt(
    'doubtful', 'rounds-disagree',
    `The weights of another round's flow tell of more mass: log Z ${shown(other.value, other.standardError)}, and `
      + `${shown(value, standardError)} by those of the final samples, ${gap.toFixed(1)} standard errors below. These `
      + 'miss a part of the target: run more rounds, or train longer.'
  )];
}

/**
 * Figures too far from what is exactly known. A wrong log Z says that mass is missing or invented, so that nothing
 * stands; another wrong figure leaves the run in doubt.
 */
export function exactDoubts(routes: readonly Route[]): Doubt[] {
  const off = routes.filter(({ weighted, exact }) => Number.isFinite(weighted.standardError) && isOff(
    weighted.value, weighted.standardError, exact
  ));
  if (off.length === 0) return [];
  const wrong = off.find(({ name }) => name === 'log Z') ?? off[0];
  const others = off.length === 1 ? '' : `, and ${off.length - 1} more`;
  return [doubt(
    wrong.name === 'log Z' ? 'unknown' : 'doubtful', 'exact-disagrees',
    `${wrong.name} is ${shown(wrong.weighted.value, wrong.weighted.standardError)} where the exact value is `
      + `${shown(wrong.exact ?? Number.NaN, wrong.weighted.standardError)}${others}: more than ${EXACT_GAP} `
      + 'standard errors, so a part of the target is missing or invented, or the value that was given as exact '
      + 'is not.'
  )];
}
