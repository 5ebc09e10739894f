import { spawn } from 'node:child_process';
import { openRunForWriting } from '../../store/runDirectory.ts';
import { teller, tellOfRun } from '../notes.ts';
import { print } from '../print.ts';
import { readSamples, requireComplete } from '../readRun.ts';
import { targetOfRun } from '../runTarget.ts';
import { checkEnergiesOf } from '../storedEnergies.ts';
import { writeReport } from '../writeReport.ts';

/** `jeffreys report <run>` */
export async function report(path: string, { open = false }: { open?: boolean }): Promise<void> {
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  const file = experiment === null ? await reportOfRun(path)
    : await (await import('../experiments/report.ts')).reportExperiment(experiment);
  print(`${file}\n`);
  if (open) openInBrowser(file);
}

async function reportOfRun(path: string): Promise<string> {
  const run = openRunForWriting(path);
  try {
    requireComplete(run);
    const tell = teller(false);
    tellOfRun(run, tell, 'shows');
    const target = await targetOfRun(run, tell);
    checkEnergiesOf(run, target);
    return writeReport(run, target, readSamples(run, target));
  } finally {
    run.close();
  }
}

function openInBrowser(file: string): void {
  const [command, args] = process.platform === 'darwin' ? ['open', [file]]
    : process.platform === 'win32' ? ['cmd', ['/c', 'start', '', file]] : ['xdg-open', [file]];
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => process.stderr.write(`no program here opens HTML files; open ${file} by hand\n`));
  child.unref();
}
