/** Targets that nobody tuned for, each with exact answers. Their files are `targets/<name>.ts`. */
import type { TargetDefinition } from '../../targets/target.ts';
import type { Limits } from './limits.ts';

export interface Untuned {
  /** What a run is given: an energy and its size, and nothing that would help. */
  readonly default: TargetDefinition;
  /** With the exact values. */
  readonly known: TargetDefinition;
  readonly limits: Limits;
}

export interface UntunedEntry {
  readonly name: string;
  readonly load: () => Promise<Untuned>;
}

export const untunedTargets: readonly UntunedEntry[] = [
  { name: 'funnel10', load: () => import('./targets/funnel10.ts') },
  { name: 'eightschools', load: () => import('./targets/eightschools.ts') },
  { name: 'gmm40', load: () => import('./targets/gmm40.ts') },
  { name: 'manywell32', load: () => import('./targets/manywell32.ts') },
  { name: 'doublewells64', load: () => import('./targets/doublewells64.ts') },
  { name: 'phi4', load: () => import('./targets/phi4.ts') },
  { name: 'dw4', load: () => import('./targets/dw4.ts') },
  { name: 'regression20', load: () => import('./targets/regression20.ts') },
  { name: 'horseshoe13', load: () => import('./targets/horseshoe13.ts') },
  { name: 'student4', load: () => import('./targets/student4.ts') },
  { name: 'ring10', load: () => import('./targets/ring10.ts') },
  { name: 'shell10', load: () => import('./targets/shell10.ts') },
  { name: 'rosenbrock9', load: () => import('./targets/rosenbrock9.ts') },
  { name: 'circlefunnel7', load: () => import('./targets/circlefunnel7.ts') },
  { name: 'cauchy10', load: () => import('./targets/cauchy10.ts') },
  { name: 'chain100', load: () => import('./targets/chain100.ts') },
  { name: 'ball4', load: () => import('./targets/ball4.ts') },
  { name: 'farwells2', load: () => import('./targets/farwells2.ts') },
  { name: 'trap12', load: () => import('./targets/trap12.ts') },
];
