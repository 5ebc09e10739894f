/** What a trainer runs: the step, and both directions on held-out points, on the executor that suits the network. */
import type { Executable } from '../engine/executor.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { machineThreads } from '../engine/threads.ts';
import { trace } from '../engine/trace.ts';
import type { Architecture } from '../flows/architecture.ts';
import { CompiledFlow } from '../flows/compiled/compiledFlow.ts';
import { needsForward, needsReverse, type Energies, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { compileAccumulatedStep } from './accumulatedStep.ts';
import { compileStep } from './compiledStep.ts';
import { FlowMap, fusedMap } from './flowMap.ts';
import { microBatchOf, pointsTogether } from './microBatch.ts';
import { chooseExecutor, onnxOptions, type NetworkOptions } from './networkExecutor.ts';
import type { TrainingNoise } from './noise.ts';
import { compileOutsideStep } from './outsideStep.ts';
import type { Source } from './source.ts';
import { trainingStep } from './trainingStep.ts';

export interface CompiledTraining {
  /** Inputs and outputs are those of {@link trainingStep}; with noise, ξ comes after (noise.ts). */
  readonly step: Executable;
  readonly forward: FlowMap;
  readonly inverse: FlowMap;
}

/** What the compiled pieces depend on. */
export interface TrainingProblem {
  readonly architecture: Architecture;
  /** `batch`: target samples, and base samples, per step. */
  readonly settings: ObjectiveSettings & { readonly batch: number };
  /** What the flow maps from. */
  readonly source: Source;
  /**
   * As array programs, for the executors that trace the whole step, which none does with noise; `base` is the source's.
   */
  readonly energies: Energies;
  /** Judges the flow on held-out points; without noise, also the target's energy in the steps. */
  readonly evaluator: EnergyEvaluator;
  /** What the steps see in place of the energies; default: the energies themselves. */
  readonly noise?: TrainingNoise;
  readonly network: NetworkOptions;
}

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
