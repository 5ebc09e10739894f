/** The observables of the published two-dimensional experiments: sin, cos and atan of both coordinates. */
import type { Observable } from './target.ts';

const named = (name: string, f: (value: number) => number): Observable[] =>
  ['x', 'y'].map((coordinate, j) => ({ name: `${name} ${coordinate}`, value: (x) => f(x[j]) }));

export const planarObservables: readonly Observable[] =
  [...named('sin', Math.sin), ...named('cos', Math.cos), ...named('atan', Math.atan)];

/** For the circle: first and second harmonics. */
export const toroidalObservables: readonly Observable[] = [
  ...named('sin', Math.sin), ...named('cos', Math.cos), ...named('sin 2', (value) => Math.sin(2 * value)),
  ...named('cos 2', (value) => Math.cos(2 * value)),
];
