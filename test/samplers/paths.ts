/** The ways in which chains can be moved: plain JavaScript, and compiled code in either precision. */
import assert from 'node:assert/strict';
import { createChains, type ChainOptions, type ChainState } from '../../src/samplers/chainState.ts';
import { compiledRunner, plainRunner, type Moving, type RoundRunner } from '../../src/samplers/roundRunner.ts';

export type Path = (moving: Moving) => RoundRunner;

const compiled = (precision: 'float64' | 'float32'): Path => (moving) => {
  const runner = compiledRunner({ ...moving, precision });
  assert.ok(runner !== null, `${moving.kernel.name} must compile`);
  return runner;
};

export const paths: Readonly<Record<'plain' | 'float64' | 'float32', Path>> = { plain: plainRunner, float64: compiled('float64'), float32: compiled('float32') };

/** Fresh chains after `steps` steps. */
export function advanced(runner: RoundRunner, options: ChainOptions, steps: number): ChainState {
  const state = createChains({ ...options, arrays: runner.arrays });
  runner.steps(state)(steps);
  return state;
}
