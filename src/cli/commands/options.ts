/** Pieces that the command lines of several verbs share: kinds of values, and options. */
import { InvalidArgumentError, Option } from 'commander';
import { devices } from '../../engine/onnx/device.ts';

/** Seconds between checkpoints. */
const SAVE_EVERY = 3;

/** What a run is called on the command line. */
export const RUN = ['<run>', 'run directory, its name in runs/, or latest'] as const;

export const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be an integer of at least ${least}.`);
    return value;
  };
}

/** 1e6 and 1_000_000 are counts too. */
export const count = (text: string): number => wholeNumber(1)(text.replaceAll('_', ''));

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a finite number.');
  return value;
}

function seconds(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError('It must be at least 0.');
  return value;
}

export const deviceOption = (description: string): Option =>
  new Option('--device <device>', description).choices(devices);

export const saveEveryOption = (): Option => new Option(
  '--save-every <seconds>', 'time between checkpoints: what a kill may cost; changes no result'
).argParser(seconds).default(SAVE_EVERY);
