/** The stored hashes, and the processor that those of onnxruntime belong to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Hashes } from './kinds.ts';

export interface GoldenTable {
  /** Of the kinds that run networks in onnxruntime. */
  readonly processor: string;
  /** By kind, and by the phase whose arrays are hashed. */
  readonly kinds: Readonly<Record<string, Hashes['arrays']>>;
}

const FILE = fileURLToPath(new URL('golden.json', import.meta.url));

export const processor = (): string => cpus()[0].model;

export const readTable = (): GoldenTable => JSON.parse(readFileSync(FILE, 'utf8')) as GoldenTable;

export function writeTable(table: GoldenTable): void {
  writeFileSync(FILE, `${JSON.stringify(table, null, 2)}\n`);
}
