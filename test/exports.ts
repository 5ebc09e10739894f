/** What a file exports, by name, and whether it is documented where it is defined. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Exported {
  readonly name: string;
  readonly documented: boolean;
}

const sources = new Map<string, ts.SourceFile>();

function sourceOf(file: string): ts.SourceFile {
  const found = sources.get(file) ?? ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  sources.set(file, found);
  return found;
}

/** `export { a as b } from './c.ts'`, taken apart. */
function passedOn(source: ts.SourceFile): { readonly name: string; readonly as: string; readonly from: string | null }[] {
  return source.statements.filter(ts.isExportDeclaration).flatMap(({ exportClause, moduleSpecifier }) => {
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
    const from = moduleSpecifier === undefined ? null
      : join(dirname(source.fileName), (moduleSpecifier as ts.StringLiteral).text);
    return exportClause.elements.map(({ name, propertyName }) =>
      ({ name: (propertyName ?? name).text, as: name.text, from }));
  });
}

/** The files of `export * from './c.ts'`. */
const wholes = (source: ts.SourceFile): string[] =>
  source.statements.filter(ts.isExportDeclaration).filter(({ exportClause }) => exportClause === undefined)
    .map(({ moduleSpecifier }) => join(dirname(source.fileName), (moduleSpecifier as ts.StringLiteral).text));

/** Whether a file has a name, itself or from others. */
const has = (file: string, name: string): boolean => {
  const source = sourceOf(file);
  return source.statements.some((statement) => defines(statement, name)) || passedOn(source).some(({ as }) => as === name)
    || wholes(source).some((other) => has(other, name));
};

/** Of a name that is imported and exported in two statements. */
function importedFrom(source: ts.SourceFile, name: string): string {
  const found = source.statements.filter(ts.isImportDeclaration).find(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some((each) => each.name.text === name);
  });
  assert.ok(found !== undefined, `${source.fileName} does not import ${name}`);
  return join(dirname(source.fileName), (found.moduleSpecifier as ts.StringLiteral).text);
}

function defines(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => declaration.name.getText() === name);
  }
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
    || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name?.text === name;
}

/** Of several definitions of one name (a type, and what makes it) one is enough. */
function isDocumented(file: string, name: string): boolean {
  const source = sourceOf(file);
  const own = source.statements.filter((statement) => defines(statement, name));
  if (own.length > 0) return own.some((statement) => ts.getJSDocCommentsAndTags(statement).length > 0);
  const whole = wholes(source).find((other) => has(other, name));
  if (whole !== undefined) return isDocumented(whole, name);
  const passed = passedOn(source).find(({ as }) => as === name);
  assert.ok(passed !== undefined, `${file} has no ${name}`);
  return isDocumented(passed.from ?? importedFrom(source, name), passed.name);
}

/** @param file whose exports all come from others */
export const exportsOf = (file: string): Exported[] => passedOn(sourceOf(file)).map(({ name, as, from }) => {
  assert.deepEqual(wholes(sourceOf(file)), [], `${file} exports without names`);
  assert.ok(from !== null, `${file} exports its own ${as}`);
  return { name: as, documented: isDocumented(from, name) };
});
