/** One way from a bank to judged samples: a schedule is climbed, its proposal drawn from, and the draws judged. */
import { foldIn } from '../../engine/random.ts';
import type { RunResult } from '../../records/record.ts';
import { judge, type JudgeOptions, type Judged } from '../../verdict/judge.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import type { PipelineResult } from '../choice.ts';
import { stopping } from '../pace.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { climb, type Climb } from '../transport/climb.ts';
import type { StageContext } from '../transport/context.ts';
import type { Particles } from '../../samplers/particles.ts';
import type { Problem } from './kind.ts';

/** @typeParam S what a stage tells of itself @typeParam D what is drawn */
export interface Way<S, D extends { readonly ensemble: Ensemble }> {
  readonly context: StageContext<S>;
  /** At λ = 0; null where nobody asks for any. */
  readonly particles: Particles | null;
  readonly proposal: (climbed: Climb<S>) => Proposal;
  readonly draw: (proposal: Proposal, climbed: Climb<S>) => Promise<D>;
  /** Gives back what was held for the way. */
  readonly dispose: () => void;
}

export interface Travelled<S, D> {
  readonly climbed: Climb<S>;
  readonly proposal: Proposal;
  readonly drawn: D;
}

/** @throws Interrupted when asked to stop */
export async function travel<S, D extends { readonly ensemble: Ensemble }>(
  way: Way<S, D>,
): Promise<Travelled<S, D>> {
  try {
    const climbed = await climb(way.context, way.particles);
    const proposal = way.proposal(climbed);
    return { climbed, proposal, drawn: await way.draw(proposal, climbed) };
  } finally {
    way.dispose();
  }
}

/** What a kind adds to the verdict on its samples. */
export type Circumstances = Omit<
  JudgeOptions, 'target' | 'tempered' | 'training' | 'ensemble' | 'key' | 'pause' | 'pullBack'
> & {
  /** Whether wells that the flows miss are searched for: it costs evaluations of the energy. */
  readonly searchWells: boolean;
};

export function judgeWay<S, D extends { readonly ensemble: Ensemble }>(
  { target, key, surroundings }: Problem, tempered: TemperedSamples, { climbed, proposal, drawn }: Travelled<S, D>,
  { searchWells, ...circumstances }: Circumstances,
): Promise<Judged> {
  const pause = stopping(surroundings);
  return judge({
    ...circumstances, target, tempered, training: climbed.training, ensemble: drawn.ensemble,
    pullBack: searchWells ? (samples, energies) => proposal.pullBack({ samples, energies }, pause) : null,
    key: foldIn(key, 'verdict'), pause,
  });
}

export const resultOf = (
  { result }: Judged, tempered: TemperedSamples, { drawn }: { readonly drawn: { readonly ensemble: Ensemble } },
  rest: Pick<PipelineResult, 'stages'> & { readonly choice?: RunResult['choice'] },
): PipelineResult => ({
  result: { ...result, choice: rest.choice ?? result.choice }, tempered, ensemble: drawn.ensemble, stages: rest.stages,
});
