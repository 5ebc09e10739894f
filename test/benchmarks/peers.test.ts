/** That the peers do the same work: their energies and gradients are ours. Skipped where they are not installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chainProblems, chainStarts } from '../../src/benchmarks/markov.ts';
import { compileEnergy } from '../../src/targets/compile.ts';

const script = fileURLToPath(new URL('../../bench/peers/chains.py', import.meta.url));
const installed = (module: string): boolean => spawnSync('/usr/bin/python3', ['-c', `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`]).status === 0;

for (const library of ['numpy', 'torch']) {
  describe(`the ${library} peer`, { skip: installed(library) ? false : `${library} is not installed` }, () => {
    for (const problem of chainProblems) {
      it(`has the energy and gradient of ${problem.target.name}`, () => {
        const { dimension: d, name } = problem.target;
        const n = 24;
        const x = chainStarts(problem, n);
        const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
        compileEnergy(problem.target).energiesAndGradients(x, n, energies, gradients);
        const points = Array.from({ length: n }, (_, i) => Array.from(x.subarray(i * d, i * d + d)));
        const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', script, library, '--check', '--target', name], { input: `${JSON.stringify(points)}\n`, encoding: 'utf8' });
        assert.ok(stdout.length > 0, stderr);
        const theirs = JSON.parse(stdout) as { energies: number[]; gradients: number[][] };
        const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9 * (1 + Math.abs(b));
        theirs.energies.forEach((energy, i) => assert.ok(close(energy, energies[i]), `energy at (${points[i].join(', ')}): ${energy} for ${energies[i]}`));
        theirs.gradients.flat().forEach((entry, k) => assert.ok(close(entry, gradients[k]), `gradient entry ${k}: ${entry} for ${gradients[k]}`));
      });
    }
  });
}
