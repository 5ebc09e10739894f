/** `--device`: refused with the remedy and without a trace where it is missing, used and recorded where it is there. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { requireDevice } from '../../src/cli/requireDevice.ts';
import type { Device } from '../../src/engine/onnx/device.ts';
import { readNpy } from '../../src/store/npy.ts';
import { assertDone, assertRefused, editRun, jeffreys, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, TINY } from './jeffreys.ts';

interface EditableRecord {
  state: string;
  result: unknown;
  settings: Record<string, unknown>;
}

function missing(device: Device): string | false {
  try {
    requireDevice(device);
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

const NO_ADAPTER = /device webgpu: no GPU adapter was found; .*or use device cpu/;
const run = ['run', 'three-well', ...TINY, '--json'];
const folder = temporaryFolder();
const cwd = folder.path;
const record = (name: string): EditableRecord => JSON.parse(readFileSync(join(cwd, name, 'run.json'), 'utf8')) as EditableRecord;

/** A copy of a run with its record changed. */
function copyOf(name: string, copy: string, change: (record: EditableRecord) => void): void {
  cpSync(join(cwd, name), join(cwd, copy), { recursive: true });
  editRun(join(cwd, copy), (changed) => change(changed as unknown as EditableRecord));
}

// The same graphs as on a GPU: another executor rounds differently, and training amplifies that.
before(async () => { assertDone(await jeffreys([...run, '--set', 'executor=onnx', '--out', 'cpu'], { cwd })); });
after(() => folder.remove());

describe('without a GPU', { skip: process.platform === 'linux' ? false : 'only the Vulkan loader can be told to find no driver' }, () => {
  const variables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;
  const values = variables.map((name) => process.env[name]);
  before(() => { for (const name of variables) process.env[name] = '/nonexistent'; });
  after(() => {
    variables.forEach((name, i) => {
      if (values[i] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = values[i];
    });
  });

  it('run and experiment refuse WebGPU before a directory is made', async () => {
    mkdirSync(join(cwd, 'empty'));
    const commands = [['run', 'three-well', '--device', 'webgpu'], ['run', 'three-well', '--set', 'device=webgpu'], ['run', 'single-step-2d', '--device', 'webgpu']];
    for (const outcome of await jeffreysInTurn(commands, join(cwd, 'empty'))) assertRefused(outcome, NO_ADAPTER);
    assert.deepEqual(snapshot(join(cwd, 'empty')), {}, 'nothing is written');
  });

  it("sample uses the run's device, unless another is named", async () => {
    copyOf('cpu', 'sampled', ({ settings }) => { settings.device = 'webgpu'; });
    const earlier = snapshot(cwd);
    const sample = (name: string, ...rest: string[]): string[] => ['sample', name, '-n', '100', '--out', ...rest];
    const refused = [sample('./sampled', 'refused.npy'), sample('./cpu', 'refused.npy', '--device', 'webgpu')];
    for (const outcome of await jeffreysInTurn(refused, cwd)) assertRefused(outcome, NO_ADAPTER);
    assert.deepEqual(snapshot(cwd), earlier, 'nothing is written');
    const done = [sample('./sampled', 'one.npy', '--device', 'cpu'), sample('./cpu', 'other.npy')];
    for (const outcome of await jeffreysInTurn(done, cwd)) assertDone(outcome);
    assert.deepEqual(readFileSync(join(cwd, 'one.npy')), readFileSync(join(cwd, 'other.npy')), 'the same samples');
  });

  it("resume uses the run's device, and leaves the run as it was", async () => {
    copyOf('cpu', 'stopped', (changed) => {
      changed.settings.device = 'webgpu';
      changed.state = 'interrupted';
      changed.result = null;
    });
    const earlier = snapshot(cwd);
    assertRefused(await jeffreys(['resume', './stopped'], { cwd }), NO_ADAPTER);
    assert.deepEqual(snapshot(cwd), earlier, 'nothing is written');
  });
});

describe('without CUDA', { skip: missing('cuda') === false ? 'CUDA works here' : false }, () => {
  it('is refused with the remedy', async () => {
    const earlier = snapshot(cwd);
    assertRefused(await jeffreys([...run, '--device', 'cuda', '--out', 'refused'], { cwd }), /device cuda: .*or use device (cpu|webgpu)/);
    assert.deepEqual(snapshot(cwd), earlier, 'nothing is written');
  });
});

describe('a run of before there was a choice', () => {
  it('is one on the CPU', async () => {
    copyOf('cpu', 'old', ({ settings }) => { Reflect.deleteProperty(settings, 'device'); });
    const commands = [['sample', './old', '-n', '100', '--out', 'old.npy'], ['resume', './old']];
    for (const outcome of await jeffreysInTurn(commands, cwd)) assertDone(outcome);
  });
});

for (const device of ['webgpu', 'cuda'] as const) {
  describe(`with ${device}`, { skip: missing(device) }, () => {
    it('a run records its device and agrees with the CPU within what training makes of float32', async () => {
      jsonOf(await jeffreys([...run, '--device', device, '--out', device], { cwd }));
      assert.equal(record(device).settings.device, device, 'recorded');
      assert.equal(record('cpu').settings.device, 'cpu', 'the default is recorded too');
      const samples = (name: string): ArrayLike<number> => readNpy(join(cwd, name, 'stage-00', 'ensemble.npy')).data;
      const [here, there] = [samples('cpu'), samples(device)];
      const gap = Array.from(here).reduce((most, value, i) => Math.max(most, Math.abs(value - there[i])), 0);
      assert.ok(gap > 0, 'another device rounds differently: this was one');
      assert.ok(gap < 1e-2, `samples differ by ${gap}`);
    });

    it('samples of one flow agree within float32', async () => {
      for (const name of ['cpu', device]) assertDone(await jeffreys(['sample', './cpu', '-n', '2000', '--out', `on-${name}.npy`, '--device', name], { cwd }));
      const [here, there] = ['cpu', device].map((name) => readNpy(join(cwd, `on-${name}.npy`)).data as ArrayLike<number>);
      const gap = Array.from(here).reduce((most, value, i) => Math.max(most, Math.abs(value - there[i])), 0);
      assert.ok(gap > 0 && gap < 1e-4, `samples differ by ${gap}`);
    });
  });
}
