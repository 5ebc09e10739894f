/** Versions that a result depends on. */
import { createRequire } from 'node:module';

interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function versions(): Record<string, string> {
  const { version, dependencies } = createRequire(import.meta.url)('../../package.json') as PackageFile;
  return {
    'jeffreys-flow': version,
    '@jax-js/jax': dependencies['@jax-js/jax'],
    'onnxruntime-node': dependencies['onnxruntime-node'],
    node: process.version,
  };
}
