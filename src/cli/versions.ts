/** Versions that a result depends on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './packageRoot.ts';

interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function versions(): Record<string, string> {
  const { version, dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageFile;
  return {
    'jeffreys-flow': version,
    '@jax-js/jax': dependencies['@jax-js/jax'],
    'onnxruntime-node': dependencies['onnxruntime-node'],
    node: process.version,
  };
}
