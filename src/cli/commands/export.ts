import { Option, type Command } from 'commander';
import type { ExportArguments } from '../verbs/export.ts';
import { RUN, wholeNumber } from './options.ts';

/** `jeffreys export` */
export const exportRun = (command: Command): Command => command
  .description('write a run in a format of other tools')
  .argument(...RUN)
  .addOption(
    new Option('--format <format>', 'onnx: the flow; safetensors: its weights; npz, csv: the samples')
      .choices(['onnx', 'safetensors', 'npz', 'csv']).makeOptionMandatory()
  )
  .option('--out <file>', 'file to write; default: named after the target')
  .option('--batch <n>', 'onnx only: points per call', wholeNumber(1), 1024)
  .option('--force', 'replace a file that exists')
  .action(
    async (path: string, options: ExportArguments) => (await import('../verbs/export.ts')).exportRun(path, options)
  );
