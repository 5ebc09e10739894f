/** Settings of short runs on noisy energies. */
import { words } from './runs.ts';

const NETWORKS = 'layers=2 hidden=8 bins=8 weightSteps=20 weightHidden=8 weightBatch=500';
const SMALL = `rounds=60 warmupRounds=20 steps=30 batch=300 samples=2000 compared=1000 ${NETWORKS}`;
/** Over in a second. */
export const TINY = ['--preset', 'quick', ...words(SMALL)];

const STAGES = 'generator=ladder interpolation=explicit lambdas=0.3,1 svrg=true stageSteps=20 particles=1000';
/** A ladder of two stages that runs as long. */
export const LADDER = [...TINY, ...words(`${STAGES} weights=learned-stochastic weightSteps=60`)];
