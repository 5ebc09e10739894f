import type { Rule } from 'eslint';

/** Files by their names below the root, with the files that each imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(root: string): ImportGraph;
export function importCircles(graph: ImportGraph): string[][];
export function noImportCircles(root: string): Rule.RuleModule;
