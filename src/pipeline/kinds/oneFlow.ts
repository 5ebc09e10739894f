/** The schedule [1] on an energy that is known: one flow straight from the base to the target. */
import { foldIn } from '../../engine/random.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import { someOf, type Bank } from '../bank/bank.ts';
import type { EnergyView } from '../energies.ts';
import { chainProposal } from '../proposal/chain.ts';
import { drawEnsemble } from '../proposal/draw.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { architectureOf } from '../transport/architecture.ts';
import type { StageContext } from '../transport/context.ts';
import { LadderFailure } from '../transport/ladderFailure.ts';
import type { Transport } from '../transport/transport.ts';
import { BridgeEnergies, bridgeWeigher } from '../weigh/exact.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { Problem } from './kind.ts';
import type { Way } from './way.ts';

/** With the energy itself along the bridge; points whose energies are known are not asked for them again. */
export const exactChain = (
  transport: Transport, energy: EnergyEvaluator, rest: Pick<Parameters<typeof chainProposal>[0], 'baseKey' | 'moves'>,
): Proposal => chainProposal({
  transport,
  ...rest,
  weigher: (points) => {
    const energies = new BridgeEnergies(transport.target.base, energy);
    if (points !== undefined) energies.know(points.samples, points.energies);
    return bridgeWeigher(energies, transport.stages.map(({ lambda }) => lambda));
  },
});

/** The base's points of one flow are those of the stream itself. */
export const flowProposal = (transport: Transport, energy: EnergyEvaluator): Proposal =>
  exactChain(transport, energy, { baseKey: (key) => key });

/** Nothing is told of a stage without particles. */
const silent: StageContext<never>['account'] = {
  trained: () => ({}),
  retrained: () => undefined,
  of: () => { throw new Error('one flow has no particles'); },
  read: () => { throw new Error('one flow has no particles'); },
};

/** @param bank samples of the target */
export function oneFlow(
  problem: Problem, view: EnergyView, energy: EnergyEvaluator, bank: Bank,
): Way<never, { ensemble: Ensemble }> {
  const { target, settings, key, surroundings } = problem;
  const architecture = architectureOf(target, settings.flow);
  const { journal } = surroundings;
  return {
    particles: null,
    context: {
      target, architecture, settings, surroundings, bank, view, moves: null, account: silent,
      weighing: { weigh: () => Promise.resolve(null) },
      plan: {
        lambdas: [1], folder: () => journal, label: () => '', keeps: null, keepsSamples: false, fromBase: true,
        trainingSteps: settings.training.steps, stageKey: () => key, sourceKey: (stage) => stage,
        trainingKey: (stage) => foldIn(stage, 'training'), share: (lambda) => lambda,
        noWeight: (_index, _lambda, what) => new LadderFailure(`no sample has a weight above zero ${what}`),
      },
    },
    proposal: ({ stages }) => flowProposal({ target, architecture, stages, output: settings.output }, energy),
    draw: async (proposal) => {
      const { training, test, unlike = false } = bank.sample(1, key);
      const seen = unlike ? null : someOf(training, test.energies.length, target.dimension);
      return {
        ensemble: await drawEnsemble('ensemble', {
          proposal, moves: 0, plain: null, samples: settings.output.samples, heldOut: test, seen,
          key: foldIn(key, 'ensemble'), surroundings,
        }),
      };
    },
    dispose: () => undefined,
  };
}
