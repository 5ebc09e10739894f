/** Primitives of jax-js that executors need not know, by what takes their place. */
import type { Atom, Parameters } from '../program.ts';
import { expandCholesky } from './cholesky.ts';
import type { Emitter } from './emitter.ts';
import { expandGather } from './gather.ts';
import { expandLu } from './lu.ts';
import { expandScatter } from './scatter.ts';
import { expandSort } from './sort.ts';
import { expandTriangularSolve } from './triangularSolve.ts';

/** As jax-js has them; its own gathers say that their indices are unique, and lie within their axes. */
export interface RawParameters extends Parameters {
  readonly uniqueIndices?: boolean;
  readonly unitDiagonal?: boolean;
}

type Rule = (emitter: Emitter, inputs: readonly Atom[], parameters: RawParameters) => readonly Atom[];

export const EXPANSIONS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['gather', (emitter, inputs, parameters) =>
    [expandGather(emitter, inputs, parameters, parameters.uniqueIndices === true)]],
  ['scatter', (emitter, inputs, parameters) =>
    [expandScatter(emitter, inputs, parameters, parameters.uniqueIndices === true)]],
  ['sort', (emitter, [x]) => [expandSort(emitter, x)[0]]],
  ['argsort', (emitter, [x]) => expandSort(emitter, x)],
  ['cholesky', (emitter, [a]) => [expandCholesky(emitter, a)]],
  ['triangular_solve', (emitter, [a, b], { unitDiagonal = false }) =>
    [expandTriangularSolve(emitter, a, b, unitDiagonal)]],
  ['lu', (emitter, [a]) => expandLu(emitter, a)],
]);
