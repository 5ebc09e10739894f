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
import { microBatchOf } from './microBatch.ts';
import { chooseExecutor, onnxOptions } from './networkExecutor.ts';
import type { TrainerOptions } from './trainer.ts';
import { trainingStep } from './trainingStep.ts';

export interface CompiledTraining {
  /** Inputs and outputs are those of {@link trainingStep}. */
  readonly step: Executable;
  readonly forward: FlowMap;
  readonly inverse: FlowMap;
}

/** What of a trainer's options the compiled pieces depend on. */
export type TrainingProblem = Pick<TrainerOptions, 'architecture' | 'source' | 'energies' | 'evaluator' | 'network'>
  & { readonly settings: ObjectiveSettings & { readonly batch: number } };

/** Points per call of an onnx graph of held-out points. */
const CHUNK = 2048;

/** @param heldOut most points that are mapped at once */
export async function compileTraining(options: TrainingProblem, heldOut: number): Promise<CompiledTraining> {
  const { architecture, settings, source, energies, evaluator, network } = options;
  const { precision = 'float32', threads = machineThreads() } = network;
  if (chooseExecutor(architecture, network) === 'fused') {
    // One module and one memory for all three.
    const flow = new CompiledFlow(architecture, { precision, threads, gradient: true, points: settings.batch });
    const d = architecture.domain.length;
    return {
      step: compileStep({ flow, dimension: d, source, energy: evaluator, objective: settings, batch: settings.batch }),
      forward: fusedMap(flow, flow.batch('forward', heldOut, false), d),
      inverse: fusedMap(flow, flow.batch('inverse', heldOut, false), d),
    };
  }
  const passes = Number(needsReverse(settings)) + Number(needsForward(settings));
  const micro = microBatchOf(architecture, settings.batch, passes, precision === 'float64' ? 8 : 4);
  const { f, specs } = trainingStep(architecture, energies, settings, settings.batch);
  const step = micro === settings.batch
    ? await compileOnnx(trace(f, specs), onnxOptions(network))
    : await compileAccumulatedStep(architecture, energies, settings, settings.batch, micro, onnxOptions(network));
  const [forward, inverse] = await Promise.all([FlowMap.compile(architecture, 'forward', CHUNK, network), FlowMap.compile(architecture, 'inverse', CHUNK, network)]);
  return { step, forward, inverse };
}
