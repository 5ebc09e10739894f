/** A run directory that is missing, unfinished, damaged or of another version is refused in one line and left as it is. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertDone, assertRefused, bitsOf, editRecord, editRun, jeffreys, jeffreysInTurn, keepPhases, snapshot, start, temporaryFolder, TINY, unsealRun, type Outcome } from './jeffreys.ts';

const truncated = (file: string, length: number) => (run: string): void => truncateSync(join(run, file), length);
type Edit = (record: Record<string, unknown>) => void;
/** As if the run had been made so. */
const remade = (edit: Edit) => (run: string): void => editRun(run, edit);
/** With a seal that fits, on the record alone. */
const resealed = (edit: Edit) => (run: string): void => { editRecord(run, edit); };
/** By hand: a text for another, and no seal knows of it. */
const edited = (file: string, from: string | RegExp, to: string) => (run: string): void => {
  const text = readFileSync(join(run, file), 'utf8');
  const changed = text.replace(from, to);
  assert.notEqual(changed, text, `${file} has ${String(from)}`);
  writeFileSync(join(run, file), changed);
};
const flipped = (file: string, at: number) => (run: string): void => {
  const bytes = readFileSync(join(run, file));
  bytes[at < 0 ? bytes.length + at : at] ^= 16;
  writeFileSync(join(run, file), bytes);
};

/** name, damage, and what each verb says of it. */
const damages: readonly { readonly name: string; readonly damage: (run: string) => void; readonly verbs: readonly string[]; readonly says: RegExp }[] = [
  { name: 'no-record', damage: (run) => rmSync(join(run, 'run.json')), verbs: ['show', 'resume', 'report', 'sample', 'csv', 'onnx', 'compare'], says: /no-record is not the folder of a run: it has no run\.json/ },
  { name: 'empty-record', damage: truncated('run.json', 0), verbs: ['show', 'resume', 'sample'], says: /empty-record\/run\.json is empty, where JSON should be/ },
  { name: 'cut-record', damage: truncated('run.json', 300), verbs: ['show', 'resume', 'report', 'sample', 'csv', 'onnx', 'compare'], says: /cut-record\/run\.json is damaged, not JSON/ },
  { name: 'version-99', damage: resealed((record) => { record['recordVersion'] = 99; }), verbs: ['show', 'resume', 'report', 'sample', 'csv', 'onnx', 'compare'], says: /version-99\/run\.json is written by record version 99; this program reads version 1: use the jeffreys-flow that made the run/ },
  { name: 'other-format', damage: resealed((record) => { record['format'] = 'something'; }), verbs: ['show', 'resume', 'sample'], says: /other-format\/run\.json is no record of a jeffreys run/ },
  { name: 'bad-seed', damage: resealed((record) => { record['seed'] = -1; }), verbs: ['show', 'resume', 'sample'], says: /bad-seed\/run\.json: "seed" is not right/ },
  { name: 'bad-setting', damage: remade((record) => { (record['settings'] as Record<string, unknown>)['theta'] = 2; }), verbs: ['sample', 'onnx'], says: /theta: must be at most 1, got 2/ },
  {
    name: 'other-settings', damage: resealed((record) => { (record['settings'] as Record<string, unknown>)['theta'] = 0.75; }),
    verbs: ['show', 'resume', 'report', 'sample', 'csv', 'onnx', 'compare'],
    says: /other-settings\/run\.json and stage-00\/stage\.json are of different runs, or of one with other settings; restore/,
  },
  { name: 'bad-target', damage: remade((record) => { record['target'] = 'three-wel'; }), verbs: ['report', 'sample', 'csv'], says: /unknown target "three-wel", did you mean "three-well"/ },
  {
    name: 'edited-settings', damage: edited('run.json', /"theta": [\d.]+/, '"theta": 0.5'),
    verbs: ['show', 'resume', 'report', 'sample', 'csv', 'onnx', 'compare'],
    says: /edited-settings\/run\.json is damaged, or was edited: its content does not fit its checksum; restore it/,
  },
  {
    name: 'edited-figure', damage: edited('run.json', /"ess": 0\.\d\d/, '"ess": 0.99'),
    verbs: ['show', 'resume', 'report', 'compare'],
    says: /edited-figure\/run\.json is damaged, or was edited/,
  },
  {
    name: 'edited-mark', damage: edited('stage-00/stage.json', /"bestStep": \d+/, '"bestStep": 1'),
    verbs: ['resume', 'report', 'sample', 'csv', 'onnx'],
    says: /edited-mark\/stage-00\/stage\.json is damaged, or was edited/,
  },
  {
    name: 'flipped-pt', damage: flipped('stage-00/pt.npy', -5),
    verbs: ['resume', 'report', 'npz'],
    says: /flipped-pt\/stage-00\/pt\.npy is damaged: its content is not what was written there; restore it/,
  },
  {
    name: 'flipped-weights', damage: flipped('stage-00/log_weights.npy', 700),
    verbs: ['resume', 'report', 'csv', 'npz'],
    says: /flipped-weights\/stage-00\/log_weights\.npy is damaged/,
  },
  {
    name: 'flipped-flow', damage: flipped('stage-00/flow.safetensors', -9),
    verbs: ['resume', 'sample', 'onnx', 'safetensors'],
    says: /flipped-flow\/stage-00\/flow\.safetensors is damaged/,
  },
  {
    name: 'flipped-event', damage: flipped('events.jsonl', 20),
    verbs: ['resume', 'report'],
    says: /flipped-event\/events\.jsonl: line 1 is damaged: delete that line/,
  },
  { name: 'not-complete', damage: resealed((record) => { record['state'] = 'interrupted'; record['result'] = null; }), verbs: ['report', 'sample', 'csv', 'onnx'], says: /not-complete is not complete \(interrupted\); finish it with `jeffreys resume .*not-complete`/ },
  { name: 'cut-ensemble', damage: truncated('stage-00/ensemble.npy', 1000), verbs: ['resume', 'report', 'csv', 'npz'], says: /cut-ensemble\/stage-00\/ensemble\.npy is truncated: 1000 bytes, where float64 \[3000, 2\] takes 48128/ },
  { name: 'cut-weights', damage: truncated('stage-00/log_weights.npy', 24127), verbs: ['report', 'csv', 'npz'], says: /log_weights\.npy is truncated: 24127 bytes/ },
  { name: 'cut-header', damage: truncated('stage-00/pt.npy', 20), verbs: ['report', 'npz'], says: /cut-header\/stage-00\/pt\.npy is truncated: 20 bytes/ },
  { name: 'empty-array', damage: truncated('stage-00/pt.npy', 0), verbs: ['report', 'npz'], says: /empty-array\/stage-00\/pt\.npy is truncated: 0 bytes/ },
  { name: 'cut-flow', damage: truncated('stage-00/flow.safetensors', 1000), verbs: ['sample', 'onnx', 'safetensors'], says: /cut-flow\/stage-00\/flow\.safetensors is truncated: 80 bytes of data, where its tensors take 8824/ },
  { name: 'empty-flow', damage: truncated('stage-00/flow.safetensors', 0), verbs: ['sample', 'onnx', 'safetensors'], says: /empty-flow\/stage-00\/flow\.safetensors/ },
  { name: 'lost-flow', damage: (run) => rmSync(join(run, 'stage-00/flow.safetensors')), verbs: ['sample', 'onnx', 'safetensors'], says: /no such file while reading .*lost-flow\/stage-00\/flow\.safetensors/ },
  { name: 'cut-stage', damage: truncated('stage-00/stage.json', 50), verbs: ['report', 'sample', 'csv', 'onnx'], says: /cut-stage\/stage-00\/stage\.json is damaged, not JSON/ },
  {
    name: 'record-ahead', verbs: ['resume', 'report', 'csv'], says: /record-ahead is marked complete but has lost its ensemble/,
    damage: (run): void => {
      const record = readFileSync(join(run, 'run.json'));
      keepPhases(run, ['pt', 'flow']);
      writeFileSync(join(run, 'run.json'), record);
    },
  },
  { name: 'lost-stage', damage: (run) => rmSync(join(run, 'stage-00'), { recursive: true }), verbs: ['report', 'sample', 'csv', 'onnx'], says: /lost-stage is marked complete but has lost its (flow|ensemble)/ },
];

function command(verb: string, run: string): string[] {
  switch (verb) {
    case 'sample': return ['sample', run, '-n', '10', '--out', 'x.npy'];
    case 'csv':
    case 'npz':
    case 'onnx':
    case 'safetensors': return ['export', run, '--format', verb, '--out', 'x.out'];
    case 'compare': return ['compare', 'runs/good', run];
    default: return [verb, run];
  }
}

describe('damaged runs', () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder.path, 'runs', name);
  let outcomes: Map<string, Outcome>;
  let intact: Record<string, string>;
  before(async () => {
    assertDone(await jeffreys(['run', 'three-well', ...TINY, '--out', 'runs/good', '--quiet'], { cwd: folder.path }));
    for (const { name, damage } of damages) {
      cpSync(at('good'), at(name), { recursive: true });
      damage(at(name));
    }
    mkdirSync(join(folder.path, 'occupied'));
    writeFileSync(join(folder.path, 'occupied', 'thesis.txt'), 'years of work');
    intact = snapshot(folder.path);
    const commands = [
      ...damages.flatMap(({ name, verbs }) => verbs.map((verb) => command(verb, `runs/${name}`))),
      ['show', 'goood'], ['show', 'runs/goood'], ['sample', 'runs/good/run.json', '-n', '5'],
      ['run', 'three-well', ...TINY, '--out', 'runs/good'], ['run', 'three-well', ...TINY, '--out', 'occupied'], ['run', 'three-well', ...TINY, '--out', 'occupied/thesis.txt'],
    ];
    outcomes = new Map((await jeffreysInTurn(commands, folder.path)).map((outcome) => [outcome.args.join(' '), outcome]));
  });
  after(folder.remove);
  const outcomeOf = (args: readonly string[]): Outcome => {
    const found = outcomes.get(args.join(' '));
    assert.ok(found !== undefined, `${args.join(' ')} was not run`);
    return found;
  };

  for (const { name, verbs, says } of damages) {
    for (const verb of verbs) it(`${name}: ${verb}`, () => assertRefused(outcomeOf(command(verb, `runs/${name}`)), says));
  }
  it('a name with a typing mistake', () => assertRefused(outcomeOf(['show', 'goood']), /no run goood; did you mean runs\/good\?/));
  it('a path with a typing mistake', () => assertRefused(outcomeOf(['show', 'runs/goood']), /no run runs\/goood; did you mean runs\/good\?/));
  it('a file of a run', () => assertRefused(outcomeOf(['sample', 'runs/good/run.json', '-n', '5']), /runs\/good\/run\.json is a file, not the folder of a run/));
  it('--out names a run', () => assertRefused(outcomeOf(['run', 'three-well', ...TINY, '--out', 'runs/good']), /--out runs\/good already holds a run: name a new folder, or continue it with `jeffreys resume runs\/good`/));
  it('--out names a folder in use for something else', () => assertRefused(outcomeOf(['run', 'three-well', ...TINY, '--out', 'occupied']), /--out occupied is not empty \(it holds thesis\.txt\): name a new or empty folder/));
  it('--out names a file', () => assertRefused(outcomeOf(['run', 'three-well', ...TINY, '--out', 'occupied/thesis.txt']), /--out occupied\/thesis\.txt is a file, not a folder/));
  it('are left as they were', () => {
    assert.deepEqual(snapshot(folder.path), intact, 'a refused command changed a file');
  });

  it('a run whose marked samples are gone can still be shown', async () => {
    // Figures of a complete run come from its record.
    assert.match(assertDone(await jeffreys(['show', 'runs/cut-ensemble'], { cwd: folder.path })), /ESS/);
  });

  it('a run of before files had checksums is read as it is, and that is told where files are read', async () => {
    cpSync(at('good'), at('old'), { recursive: true });
    unsealRun(at('old'));
    const verbs = ['resume', 'report', 'sample', 'npz', 'show'];
    const commands = verbs.map((verb) => command(verb, 'runs/old').map((word) => word.replace('x.', 'old.')));
    const [resumed, reported, sampled, exported, shown] = await jeffreysInTurn(commands, folder.path);
    const NOTE = 'note: runs/old is of before files had checksums: damage to them is not found\n';
    for (const outcome of [resumed, reported, sampled, exported, shown]) assertDone(outcome);
    assert.deepEqual([reported, sampled, exported].map(({ stderr }) => stderr), [NOTE, NOTE, NOTE]);
    assert.deepEqual([resumed, shown].map(({ stderr }) => stderr), ['runs/old is complete already\n', '']);
    cpSync(at('good'), at('old-stopped'), { recursive: true });
    keepPhases(at('old-stopped'), ['pt']);
    unsealRun(at('old-stopped'));
    assertDone(await jeffreys(['resume', 'runs/old-stopped', '--quiet'], { cwd: folder.path }));
    assert.deepEqual(bitsOf(at('old-stopped')), bitsOf(at('good')), 'to the same bits');
  });

  it('a run killed in parallel tempering is not complete', async () => {
    const { child, ended } = start(['run', 'three-well', '--preset', 'default', '--out', 'runs/killed', '--quiet'], { cwd: folder.path });
    const events = join(at('killed'), 'events.jsonl');
    const underWay = (): boolean => { try { return readFileSync(events, 'utf8').includes('"sampling"'); } catch { return false; } };
    while (!underWay() && child.exitCode === null) await new Promise((resolve) => { setTimeout(resolve, 10); });
    child.kill('SIGKILL');
    assert.equal((await ended).signal, 'SIGKILL', 'killed while tempering');
    const [shown, ...refused] = await jeffreysInTurn(['show', 'sample', 'csv', 'report'].map((verb) => command(verb, 'runs/killed')), folder.path);
    for (const outcome of refused) assertRefused(outcome, /runs\/killed is not complete \(running\); finish it with `jeffreys resume runs\/killed`/);
    assert.match(assertDone(shown), /running; go on with `jeffreys resume runs\/killed`/, 'show says so too');
  });
});
