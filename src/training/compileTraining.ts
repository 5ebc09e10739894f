/** What a trainer runs: the step, and both directions on held-out points, on the executor that suits the network. */
import type { Executable } from '../engine/executor.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { machineThreads } from '../engine/threads.ts';
import { trace } from '../engine/trace.ts';
import { CompiledFlow } from '../flows/compiled/compiledFlow.ts';
import { needsForward, needsReverse, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import { compileAccumulatedStep } from './accumulatedStep.ts';
import { compileStep } from './compiledStep.ts';
import { FlowMap, fusedMap } from './flowMap.ts';
import { microBatchOf, pointsTogether } from './microBatch.ts';
import { chooseExecutor, onnxOptions } from './networkExecutor.ts';
import { compileOutsideStep } from './outsideStep.ts';
import type { TrainerOptions } from './trainer.ts';
import { trainingStep } from './trainingStep.ts';

export interface CompiledTraining {
  /** Inputs and outputs are those of {@link trainingStep}; with noise, ξ comes after (noise.ts). */
  readonly step: Executable;
  readonly forward: FlowMap;
  readonly inverse: FlowMap;
}

/** What of a trainer's options the compiled pieces depend on. */
export type TrainingProblem =
  Pick<TrainerOptions, 'architecture' | 'source' | 'energies' | 'evaluator' | 'network' | 'noise'>
  & { readonly settings: ObjectiveSettings & { readonly batch: number } };

/** Points per call of an onnx graph of held-out points. */
const CHUNK = 2048;

/** @param heldOut most points that are mapped at once */
export async function compileTraining(options: TrainingProblem, heldOut: number): Promise<CompiledTraining> {
  const { architecture, settings, source, evaluator, noise, network } = options;
  const { precision = 'float32', threads = machineThreads() } = network;
  if (chooseExecutor(architecture, network) === 'fused') {
    // One module and one memory for all three.
    const flow = new CompiledFlow(architecture, { precision, threads, gradient: true, points: settings.batch });
    const d = architecture.domain.length;
    const together = Math.min(heldOut, pointsTogether(architecture));
    return {
      step: compileStep(
        { flow, dimension: d, source, energy: evaluator, noise, objective: settings, batch: settings.batch }
      ),
      forward: fusedMap(flow, flow.batch('forward', together, false), d),
      inverse: fusedMap(flow, flow.batch('inverse', together, false), d),
    };
  }
  const step = await onnxStep(options);
  const [forward, inverse] = await Promise.all(
    [FlowMap.compile(architecture, 'forward', CHUNK, network), FlowMap.compile(architecture, 'inverse', CHUNK, network)]
  );
  return { step, forward, inverse };
}

/**
 * The step in one graph, in parts where that would be too large, or with its energies outside where they have no array
 * program.
 */
function onnxStep(
  { architecture, settings, source, energies, evaluator, noise, network }: TrainingProblem
): Promise<Executable> {
  const { batch } = settings;
  const micro = (passes: number): number =>
    microBatchOf(architecture, batch, passes, network.precision === 'float64' ? 8 : 4);
  if (noise !== undefined) return compileOutsideStep(
    { architecture, source, energy: evaluator, noise, objective: settings, batch, micro: micro(1), network }
  );
  const points = micro(Number(needsReverse(settings)) + Number(needsForward(settings)));
  if (points < batch)
    return compileAccumulatedStep(architecture, energies, settings, batch, points, onnxOptions(network));
  const { f, specs } = trainingStep(architecture, energies, settings, batch);
  return compileOnnx(trace(f, specs), onnxOptions(network));
}
