/** How long a process takes that does nothing yet. */
import { milliseconds, only, type BenchCase, type Entrant, type Runner } from '../benchCase.ts';
import type { Command, Outside } from '../outside.ts';

export function startUp(outside: Outside): BenchCase[] {
  const process = (command: Command): (() => Promise<Runner>) => async () => {
    // Once before it counts: files come from the cache, and what is missing shows.
    await outside.run(command);
    return { run: async () => (await outside.run(command)).milliseconds, dispose: () => Promise.resolve() };
  };
  const python = (module: string): Entrant =>
    only(`python3 -c 'import ${module}'`, process({ program: 'python', arguments: ['-c', `import ${module}`] }));
  const benchCase = (name: string, command: () => Command): BenchCase => ({
    name: `start-up/${name}`,
    unit: milliseconds,
    ours: only('jeffreys', () => process(command())()),
    peers: [python('torch'), python('numpy')],
    floor: only('node -e 0', process({ program: 'node', arguments: ['-e', '0'] })),
    rounds: 9,
    single: true,
  });
  return [
    benchCase('help', () => ({ program: 'jeffreys', arguments: ['--help'] })),
    benchCase('list', () => ({ program: 'jeffreys', arguments: ['list'] })),
    benchCase('import', () => (
      {
        program: 'node', arguments: ['--input-type=module', '-e', `await import(${JSON.stringify(outside.library())})`]
      }
    )),
  ];
}
