/** Command lines with words that are wrong, missing, twice or out of place, and settings with wild values. */
import { settingsFor } from '../../src/experiments/presets.ts';
import { flatSettings, settingNames } from '../../src/settings/names.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import type { Dice } from './dice.ts';

export const words = (settings: string): string[] => settings.split(' ').flatMap((setting) => ['--set', setting]);

const SMALL = [
  'ladders=16 rounds=64 warmupRounds=20 steps=12 batch=100 hidden=8 bins=8 layers=2 samples=1000',
  'stageSteps=20 stageSamples=500 particles=500 groups=4 weightSteps=20 weightHidden=8 weightBatch=100',
  'compared=500 energyDraws=4 ringSamples=500 rings=4',
].join(' ');
/** Of a run that is over in about a second. */
export const TINY: readonly string[] = ['--preset', 'quick', ...words(SMALL)];

const WILD = [
  '', ' ', '-', '--', '---', '-5', '0', '1.5', '1e999', 'NaN', 'Infinity', '-0', '0x10', '1_000', '1e3', '١٢', '💥',
  'ä', 'a'.repeat(4000), '..', '../..', '/', '/dev/null', '/dev/full', '/proc/self/mem', 'latest', '\n', 'two\nlines',
  "';--", '%s', '{"a":1}', 'run.json', '.', '~', '*', 'true', 'null', 'undefined', '__proto__', 'constructor',
  'RUN/run.json', 'RUN/stage-00', 'RUN/',
];
/** A browser, stack traces on request and long timings are not what is looked for. */
const OPTIONS = [
  '--theta', '--seed', '--preset', '--out', '--set', '--threads', '--device', '--save-every', '-n', '--count',
  '--weights', '--moves', '--beads', '--format', '--batch', '--html', '--json', '--quiet', '--force', '--resample',
  '--lattice', '--version', '--help', '--zzz', '-z',
];
/** RUN stands for a finished run. */
const COMMANDS: readonly (readonly string[])[] = [
  ['run', 'three-well', ...TINY],
  ['sample', 'RUN', '-n', '10', '--out', 'x.npy'],
  ['export', 'RUN', '--format', 'csv', '--out', 'x.csv'],
  ['show', 'RUN'],
  ['compare', 'RUN', 'RUN'],
  ['report', 'RUN'],
  ['resume', 'RUN'],
  ['settings', 'three-well'],
  ['check', 'three-well', ...TINY],
  ['list'],
  ['init', 'mine'],
  ['bench', '--list'],
];

/** A command line with one to three mistakes. */
export function wildCommand(dice: Dice): string[] {
  const args = [...dice.pick(COMMANDS)];
  const bench = args[0] === 'bench';
  for (let mistakes = 1 + dice.below(3); mistakes > 0; mistakes--) {
    const place = 1 + dice.below(args.length);
    switch (dice.below(5)) {
      case 0:
        args.splice(place, 0, dice.pick(WILD));
        break;
      case 1:
        args.splice(place, 0, dice.pick(OPTIONS), ...(dice.chance(0.7) ? [dice.pick(WILD)] : []));
        break;
      case 2:
        if (!bench) args.splice(place, 1);
        break;
      case 3:
        args.splice(place, 0, args[Math.min(place, args.length - 1)]);
        break;
      case 4:
        args[Math.min(place, args.length - 1)] = dice.pick(WILD);
        break;
    }
  }
  // Without its list it would time the machine for minutes.
  return bench && !args.includes('--list') ? [...args, '--list'] : args;
}

const VALUES = [
  '', ' ', '-1', '0', '-0', '0.5', '1', '2', '3', '7', '1000', '1e15', '1e300', '-1e300', '1e-300', '1e999', 'NaN',
  'Infinity', '0x10', 'true', 'false', 'null', '[]', '1,2,3', '1,,2', ',', '0.1,1', '1,0.1', 'auto', 'flow', 'ladder',
  'explicit', 'none', '💥', 'a'.repeat(2000), '1\n2', '{"a":1}', '__proto__', '"1"', '1 2', '١',
];
/** Such as some setting takes, so that it is another part of the program that meets the value. */
const PLAUSIBLE: Readonly<Record<string, readonly string[]>> = {
  number: ['0', '1', '2', '3', '5', '10', '33', '100', '0.001', '0.1', '0.5', '0.99', '1e-9', '20'],
  boolean: ['true', 'false'],
  string: [
    'auto', 'single', 'random', 'alternating', 'oneCycle', 'constant', 'relu', 'silu', 'mala', 'hmc', 'heun',
    'tamedEuler', 'float32', 'float64', 'temperature', 'interpolation', 'tempering', 'resgld', 'full', 'draws',
    'exact', 'learned-full', 'learned-stochastic', 'flow', 'ladder', 'adaptive', 'geometric', 'hybrid', 'linear',
    'explicit', 'systematic', 'multinomial', 'classical', 'fused', 'onnx', 'lattice', 'independent',
  ],
  object: ['', '1', '0.2,1', '0.5,0.2,1', '4,8', '1,2,4', '3'],
};
const DEFAULTS = flatSettings(settingsFor(threeWell, 'quick'));

const TARGETS: readonly (readonly string[])[] = [
  ['three-well'],
  ['three-well', ...words('generator=ladder interpolation=explicit lambdas=0.3,1')],
  ['noisy-gmm-2d'],
  ['quantum-double-well', ...words('beads=8 modes=3')],
];

/** A run with one or two settings of wild values. Every setting has its turn. */
export function wildSettings(dice: Dice, turn: number): string[] {
  const [target, ...more] = dice.pick(TARGETS);
  const wild = [settingNames[turn % settingNames.length], ...(dice.chance(0.3) ? [dice.pick(settingNames)] : [])];
  const value = (name: (typeof settingNames)[number]): string =>
    dice.pick(dice.chance(0.6) ? PLAUSIBLE[typeof DEFAULTS[name]] : VALUES);
  return ['run', target, ...TINY, ...more, ...wild.flatMap((name) => ['--set', `${name}=${value(name)}`])];
}
