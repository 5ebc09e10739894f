/** Clean-up that must also happen when the process ends early (process.exit, an uncaught error). */

const pending = new Set<() => void>();
let installed = false;

/** Calls `cleanUp` when the process exits, unless the returned function was called before. */
export function atExit(cleanUp: () => void): () => void {
  if (!installed) {
    installed = true;
    process.on('exit', () => {
      for (const action of pending) action();
    });
  }
  pending.add(cleanUp);
  return () => void pending.delete(cleanUp);
}
