/** Short runs of a path integral, and definitions of users' own. */
import assert from 'node:assert/strict';
import type { PathIntegralSummary, RunRecord } from '../../src/records/record.ts';
import { words } from './runs.ts';

const SAMPLING = 'ladders=16 rounds=200 warmupRounds=20 replicas=4 samples=2000 ringSamples=4000 rings=4,16';
const NETWORKS = 'layers=4 hidden=8 bins=8 batch=200 steps=100';
const STAGES = 'stageSteps=60 particles=1000 stageSamples=1000 rejuvenation=4 linearStages=2';
export const TINY = ['--preset', 'quick', ...words(`${SAMPLING} ${NETWORKS} ${STAGES}`)];
export const LADDER = words('generator=ladder baselineRounds=60 ringMoves=2');

export const DOUBLE_WELL =
  'potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(2).add(q.slice(0).mul(0.3))';
export const definition = (rest: string): string =>
  `import { definePathIntegral, np } from 'jeffreys-flow';
export default definePathIntegral({ name: 'mine', ${rest} });
`;
export const good = (rest = ''): string => definition(`${DOUBLE_WELL}, box: [-2.6, 2.6], beads: 8, modes: 5${rest}`);
export const MINE = good(", wells: { centres: [[-1], [1]], names: ['left', 'right'] }");

export function summaryIn({ result }: RunRecord): PathIntegralSummary {
  assert.ok(result !== null && result.pathIntegral !== null, 'it is a path integral');
  return result.pathIntegral;
}
