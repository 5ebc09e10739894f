/** What a person should know before a stored run is gone on with: said on standard error, a line each. */
import type { RunRecord } from '../records/record.ts';
import { shown } from '../store/fileError.ts';
import type { Run } from '../store/run.ts';
import { versions } from './versions.ts';

/** Takes one note. */
export type Tell = (note: string) => void;

/** Notes go to standard error unless nothing but errors is asked for. */
export const teller = (quiet: boolean): Tell =>
  quiet ? () => undefined : (note) => void process.stderr.write(`note: ${note}\n`);

/** Packages whose version decides bits. */
const DECISIVE = ['jeffreys-flow', '@jax-js/jax', 'onnxruntime-node'];

/**
 * Tells what cannot be known of the files of a run, and which versions are not those that it began with.
 * @param use whether the run is gone on with, for which every version is told; or only shown and drawn from
 */
export function tellOfRun(run: Run, tell: Tell, use: 'goes on' | 'shows'): void {
  if (!run.sealed) tell(`${shown(run.path)} is of before files had checksums: damage to them is not found`);
  const differing = versionNote(run.record, versions(), use === 'goes on' ? null : DECISIVE);
  if (differing !== null) tell(`${shown(run.path)} began with ${differing}`);
}

/** @param told names of versions that matter; null: all @returns null where all of them are the same */
export function versionNote(
  { versions: then }: Pick<RunRecord, 'versions'>,
  now: Readonly<Record<string, string>>,
  told: readonly string[] | null,
): string | null {
  const differing = (told ?? Object.keys(now)).filter((name) => then[name] !== undefined && then[name] !== now[name]);
  if (differing.length === 0) return null;
  const list = differing.map((name) => `${name} ${then[name]} (now ${now[name]})`).join(', ');
  const decisive = differing.some((name) => DECISIVE.includes(name));
  return `${list}: its bits ${decisive ? 'may come out different' : 'should come out the same'}`;
}
