/** Weighted samples per second with the default network of three-well: base points, flow, energy, weights. */
import { initialParameters } from '../../flows/initialise.ts';
import { keyFromSeed } from '../../engine/random.ts';
import { architectureOf } from '../../pipeline/transport/architecture.ts';
import { settingsFor } from '../../experiments/presets.ts';
import { sampleBase } from '../../targets/base.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { threeWell } from '../../targets/threeWell.ts';
import { baseSource } from '../../training/source.ts';
import { pushForward } from '../../training/evaluation.ts';
import { FlowMap } from '../../training/flowMap.ts';
import { timed, type BenchCase, type Unit } from '../benchCase.ts';
import type { Outside } from '../outside.ts';
import { torchBest } from '../torchThreads.ts';
import { matrixProducts } from '../trainStepWork.ts';

const SAMPLES = 65_536;
const CHUNK = 4096;

const unit: Unit = { name: 'samples/s', better: 'more', of: (raw) => (1000 * SAMPLES) / raw };

export function generation(outside: Outside): BenchCase[] {
  const settings = settingsFor(threeWell, 'default', { generator: 'flow' });
  const { layers, hidden, bins, activation } = settings.flow;
  const architecture = architectureOf(threeWell, settings.flow);
  const now = (): number => outside.now();
  return [{
    name: 'generation/three-well',
    unit,
    ours: {
      name: 'jeffreys',
      variants: [{
        name: `${layers}×${hidden}×${bins}`,
        start: async () => {
          const parameters = initialParameters(architecture, keyFromSeed(0));
          const energy = compileEnergy(threeWell);
          const map = await FlowMap.compile(architecture, 'forward', CHUNK, {});
          const x = new Float64Array(SAMPLES * threeWell.dimension);
          return timed(now, async () => {
            sampleBase(threeWell.base, keyFromSeed(1), 0, SAMPLES, x);
            await pushForward(map, parameters, baseSource(threeWell.base), energy, x, SAMPLES);
          }, () => map.dispose());
        },
      }],
    },
    peers: [torchBest(outside, {
      script: 'train_step.py',
      arguments: [
        '--generate', SAMPLES, '--chunk', CHUNK, '--target', threeWell.name, '--layers', layers, '--hidden', hidden,
        '--bins', bins, '--activation', activation
      ].map(String),
    }, { 'BLAS threads 1, torch threads 1, chunks of 16384': ['--chunk', '16384'] })],
    floor: {
      name: 'its matrix products alone',
      variants: [1, 2].map((threads) => ({
        name: `threads ${threads}`,
        start: async () => {
          const work = await matrixProducts(architecture, CHUNK, 1, false, threads);
          return timed(
            now, async () => { for (let i = 0; i < SAMPLES / CHUNK; i++) await work.run(); }, () => work.dispose()
          );
        },
      })),
    },
    rounds: 9,
  }];
}
