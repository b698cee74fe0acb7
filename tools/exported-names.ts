/** One exported name means one thing in the product's whole code. */
import ts from 'typescript';
import type { SourceFile } from './code-size/counting.mjs';

const LIBRARY_OR_APP = /^(?:apps|libs)\/.*(?<!\.spec)\.ts$/;

/** A line for each name that two or more files of libraries and apps export. */
export function namesExportedTwice(sources: readonly SourceFile[]): string[] {
  const files = new Map<string, string[]>();
  for (const { path, text } of sources.filter((source) => LIBRARY_OR_APP.test(source.path)))
    for (const name of exportedNames(text)) files.set(name, [...(files.get(name) ?? []), path]);
  return [...files]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `${name} is exported by ${paths.join(' and ')}: rename all but one`)
    .toSorted();
}

/** The names that a source text declares and exports. A re-export under the same name adds no name. */
export function exportedNames(text: string): string[] {
  const source = ts.createSourceFile('exports.ts', text, ts.ScriptTarget.Latest);
  const imported = new Set(source.statements.filter(ts.isImportDeclaration).flatMap(importedNames));
  return [...new Set(source.statements.flatMap((statement) => namesExportedBy(statement, imported)))];
}

function namesExportedBy(statement: ts.Statement, imported: ReadonlySet<string>): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause === undefined) return [];
    if (ts.isNamespaceExport(exportClause)) return [exportClause.name.text];
    return exportClause.elements
      .filter(({ name, propertyName }) => {
        const isRenamed = propertyName !== undefined && propertyName.text !== name.text;
        return isRenamed || (moduleSpecifier === undefined && !imported.has(name.text));
      })
      .map(({ name }) => name.text);
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  const has = (kind: ts.SyntaxKind): boolean =>
    modifiers?.some((modifier) => modifier.kind === kind) ?? false;
  if (!has(ts.SyntaxKind.ExportKeyword) || has(ts.SyntaxKind.DefaultKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  const { name } = statement as ts.DeclarationStatement;
  return name ? [name.text] : [];
}

function importedNames({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
  return importClause?.name ? [importClause.name.text, ...named] : named;
}

function boundNames(name: ts.BindingName): string[] {
  return ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}
