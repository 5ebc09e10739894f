/** The command line: parse, call one verb, print, exit code. Verbs load what they need only when called. */
import { CommanderError } from 'commander';
import { refusedMemory } from '../engine/wasm/webAssembly.ts';
import { InputError } from '../errors.ts';
import { program } from './commands/program.ts';
import { watchProcess } from './foreignCode.ts';
import { print, watchOutput } from './print.ts';

/** 0 done, 1 failed, 2 bad input, 130 interrupted. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Options that go with every parse error: all are bad input. Help and version are no errors. */
function exitCodeOf(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
}

/** Run the command line. Sets the process's exit code; never prints a stack trace without --debug. */
export async function main(args: readonly string[]): Promise<void> {
  const { stderr } = process;
  const watched = watchProcess(args.includes('--debug'));
  watchOutput((message) => {
    if (message !== null) stderr.write(`jeffreys: ${message}\n`);
    process.exit(message === null ? EXIT.done : EXIT.failed);
  });
  const root = await program(args);
  for (const command of [root, ...root.commands]) {
    const verb = command === root ? 'jeffreys' : `jeffreys ${command.name()}`;
    command.exitOverride().configureOutput({
      writeOut: print,
      outputError: (text, write) =>
        write(`jeffreys: ${text.replace(/^error: /, '').trim().replace(/\s*\n\s*/g, ' ')}; see \`${verb} --help\`\n`),
    });
  }
  try {
    await root.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = exitCodeOf(error);
      return;
    }
    // A library may be refused its memory while it is loaded.
    const known = error instanceof InputError ? error : refusedMemory(error);
    if (known !== undefined) {
      stderr.write(`jeffreys: ${known.message.replace(/\s*\n\s*/g, ' ')}\n`);
      process.exitCode = known.exitCode;
    } else if (error instanceof Error && error.name === 'Interrupted') {
      process.exitCode = EXIT.interrupted;
    } else {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      stderr.write(`jeffreys: unexpected error: ${reason}; run again with --debug for the details\n`);
      process.exitCode = EXIT.failed;
    }
    if (args.includes('--debug') && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  } finally {
    watched();
  }
}
