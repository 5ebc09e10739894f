/** The command line is put together of verbs: one that is called comes alone, and help has all of them. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { program } from '../../../src/cli/commands/program.ts';

const verbsFor = async (...args: string[]): Promise<string[]> =>
  (await program(args)).commands.map((command) => command.name());
const declared = readdirSync(fileURLToPath(new URL('../../../src/cli/commands/', import.meta.url)))
  .map((file) => file.replace('.ts', '')).filter((file) => !['limits', 'options', 'program'].includes(file));

describe('the command line', () => {
  it('loads the verb that is called and no other', async () => {
    for (const verb of declared) assert.deepEqual(await verbsFor(verb, 'latest', '--json'), [verb], verb);
    assert.deepEqual(await verbsFor('--debug', 'run', 'list'), ['run'], 'after options');
  });

  it('loads all of them where none is called', async () => {
    for (const args of [[], ['--help'], ['help', 'run'], ['rnu', 'run'], ['toString']]) {
      assert.deepEqual((await verbsFor(...args)).sort(), [...declared].sort(), args.join(' '));
    }
  });

  it('has what a verb needs on its own', async () => {
    for (const verb of declared) {
      const [command] = (await program([verb])).commands;
      assert.notEqual(command.description(), '', `${verb}: a description`);
      assert.ok(command.helpInformation().includes(`Usage: jeffreys ${verb} `), `${verb}: a usage`);
    }
  });
});
