/** Faults in what kinds of targets plug into the pipeline, and in what their runs leave to draw from. */
import type { Mutant } from './mutant.ts';

const contract = 'test/contracts/proposals.test.ts';
const noisy = 'test/pipeline/noisyPipeline.test.ts';

export const proposals: readonly Mutant[] = [
  {
    name: 'one-flow-of-a-ring-trained-on-tempering-whatever-is-asked',
    file: 'src/pipeline/kinds/ring.ts',
    find: "classical ? rings.sample(1, n, held, foldIn(key, 'classical rings')) : quantum.training;",
    replace: 'quantum.training;',
    test: 'test/pipeline/kinds/ring.test.ts',
  },
  {
    name: 'flows-that-are-read-count-nothing',
    file: 'src/pipeline/transport/step.ts',
    find: 'if (found !== null) account.retrained(found.json);',
    replace: '',
    test: noisy,
  },
  {
    name: 'flows-of-finished-stages-counted-once-more',
    file: 'src/pipeline/transport/step.ts',
    find: 'const { summary } = checkStored(flowSchema, piece.json, `flow${label}`);',
    replace: 'const { summary } = checkStored(flowSchema, piece.json, `flow${label}`); context.account.retrained(piece.json);',
    test: noisy,
  },
  {
    name: 'flows-read-and-not-told-of',
    file: 'src/pipeline/transport/step.ts',
    find: "surroundings.emit({ kind: 'phase', phase: 'flow', resumed: true });",
    replace: '',
    test: noisy,
  },
  {
    name: 'particles-set-out-and-nobody-is-told',
    file: 'src/pipeline/transport/step.ts',
    find: "surroundings.emit({ kind: 'phase', phase: keeps, resumed: false });",
    replace: '{}',
    test: noisy,
  },
  {
    name: 'stored-ladder-of-its-first-flow-alone',
    file: 'src/pipeline/kinds/exact.ts',
    find: "parameters: map === 'flow' ? parametersOf(place, label) : null",
    replace: "parameters: map === 'flow' ? parametersOf(stored.stage(1), label) : null",
    test: contract,
  },
  {
    name: 'stored-noisy-ladder-of-its-first-flow-alone',
    file: 'src/pipeline/kinds/noisy.ts',
    find: '(isLadder ? stored.stage(stage) : stored)',
    replace: '(isLadder ? stored.stage(Math.min(stage, 1)) : stored)',
    test: contract,
  },
  {
    name: 'stored-learned-weights-of-the-other-sort',
    file: 'src/pipeline/kinds/noisy.ts',
    find: 'weigher: () => learnedWeigher(fits, residual)',
    replace: 'weigher: () => learnedWeigher(fits, !residual)',
    test: contract,
  },
  {
    name: 'streams-that-begin-with-the-first-sample',
    file: 'src/pipeline/transport/transport.ts',
    find: 'for (let first = from; first < from + total; first += together) {',
    replace: 'for (let first = 0 * from; first < total; first += together) {',
    test: contract,
  },
  {
    name: 'pushed-with-moves-that-leave-no-density-as-it-is',
    file: 'src/pipeline/transport/transport.ts',
    find: 'if (mover?.exact === false)',
    replace: 'if (mover?.exact === null)',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'proposals-move-as-often-as-their-run-did',
    file: 'src/pipeline/proposal/chain.ts',
    find: 'chainProposal({ ...options, moves: { ...moves, steps } })',
    replace: 'chainProposal({ ...options, moves: { ...moves, steps: 0 * steps + moves.steps } })',
    test: contract,
  },
  {
    name: 'rings-lifted-to-the-beads-that-they-have',
    file: 'src/pipeline/ring/lift.ts',
    find: 'lift: (other) => liftedProposal(target, pathIntegral, transport, other)',
    replace: 'lift: (other) => liftedProposal(target, pathIntegral, transport, 0 * other + beads)',
    test: contract,
  },
  {
    name: 'rings-written-as-their-modes',
    file: 'src/pipeline/ring/lift.ts',
    find: 'written: positions,',
    replace: 'written: (modes) => modes.slice(0, positions(modes).length),',
    test: contract,
  },
  {
    name: 'rings-pulled-back-without-the-modes-that-no-flow-moves',
    file: 'src/pipeline/ring/lift.ts',
    find: 'for (let j = low; j < width; j++) logWeights[i] += 0.5',
    replace: 'for (let j = width; j < width; j++) logWeights[i] += 0.5',
    test: contract,
  },
  {
    name: 'rings-pulled-back-though-they-lack-modes',
    file: 'src/pipeline/ring/lift.ts',
    find: 'if (sharedModes(pathIntegral, beads) * pathIntegral.dimension < low) throw',
    replace: 'if (sharedModes(pathIntegral, beads) * pathIntegral.dimension < 0 * low) throw',
    test: contract,
  },
  {
    name: 'classical-samples-compared-with-those-of-the-ring',
    file: 'src/pipeline/kinds/ring.ts',
    find: 'unlike: classical',
    replace: 'unlike: false',
    test: 'test/pipeline/kinds/ring.test.ts',
  },
];
