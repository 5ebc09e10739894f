/**
 * Circles of imports: files that import each other, directly or over others. Imports of types count: who needs them has
 * to read both files. Used by the test of the layout and, as a rule, by the linter.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import ts from 'typescript';

/** The file that a relative import names, seen from another file of the same root; null for packages. */
const target = (from, name) => (name.startsWith('.') ? normalize(join(dirname(from), name)) : null);

/** Who imports whom among the .ts files below a folder, `import type`, `export … from` and `import()` included. */
export function importGraph(root) {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(files.sort().map((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
    return [file, importedFiles.map(({ fileName }) => target(file, fileName)).filter((name) => name !== null)];
  }));
}

/**
 * The strongly connected sets of two files or more, and files that import themselves (Tarjan 1972); each in
 * alphabetical order.
 */
export function importCircles(graph) {
  const [indices, lowest, open, circles] = [new Map(), new Map(), [], []];
  const visit = (file) => {
    const index = indices.size;
    indices.set(file, index);
    lowest.set(file, index);
    open.push(file);
    for (const next of graph.get(file)) {
      if (!graph.has(next)) continue;
      if (!indices.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file), lowest.get(next)));
    }
    if (lowest.get(file) < index) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1 || graph.get(file).includes(file)) circles.push(circle.sort());
  };
  for (const file of graph.keys()) if (!indices.has(file)) visit(file);
  return circles.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** The linter's rule against them, for the files below a folder; the graph is read once. */
export function noImportCircles(root) {
  let circles;
  return {
    meta: {
      type: 'problem',
      schema: [],
      messages: { circle: 'this import closes a circle of {{files}}: move what they share to a file of its own' },
    },
    create(context) {
      circles ??= importCircles(importGraph(root));
      const file = relative(root, context.filename);
      const circle = circles.find((files) => files.includes(file));
      if (circle === undefined) return {};
      const check = ({ source }) => {
        if (source?.type !== 'Literal' || !circle.includes(target(file, source.value))) return;
        context.report({ node: source, messageId: 'circle', data: { files: circle.map((name) => name.split(sep).join('/')).join(', ') } });
      };
      return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
    },
  };
}
