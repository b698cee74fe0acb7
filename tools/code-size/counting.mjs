import ts from 'typescript';

/**
 * @typedef {{ path: string, text: string }} SourceFile its path from the root of the repository
 * @typedef {Readonly<Record<string, Readonly<Record<string, number>>>>} CallCounts calls by path and function
 */

const CODE = /\.(?:[cm]?[jt]s|py)$/;
const GENERATED = /(?:^|\/)generated\//;
const TEST = /(?:^|\/)(?:test|tests|testing|conformance|fixtures)\/|\.(?:spec|fixture)\.[^/]+$/;
const OURS = /^(?:\.|#)/;
const PRODUCT = /^(?:libs|apps)\//;

/**
 * @param {string} path from the root of the repository
 * @returns {'product' | 'tests' | 'tooling' | undefined} `undefined` for what is generated or no code
 */
export function codeKind(path) {
  if (!CODE.test(path) || GENERATED.test(path)) return undefined;
  if (TEST.test(path)) return 'tests';
  return PRODUCT.test(path) ? 'product' : 'tooling';
}

/**
 * The median and the 90th percentile are by nearest rank.
 * @param {readonly SourceFile[]} files at least one
 */
export function sizeOf(files) {
  const sized = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .toSorted((a, b) => a.lines - b.lines);
  const nearestRank = (/** @type {number} */ share) => sized[Math.ceil(share * sized.length) - 1].lines;
  return {
    files: sized.length,
    lines: sized.reduce((sum, { lines }) => sum + lines, 0),
    median: nearestRank(0.5),
    percentile90: nearestRank(0.9),
    largest: sized.at(-1),
  };
}

/** @param {SourceFile} file TypeScript, whose nested declarations count too */
export function countDeclarations({ path, text }) {
  const counts = { classes: 0, interfaces: 0 };
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isClassLike(node)) counts.classes++;
    if (ts.isInterfaceDeclaration(node)) counts.interfaces++;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return counts;
}

/**
 * The paths of the files that import nothing from each other, by the names that they export: names are unique.
 * @param {readonly SourceFile[]} files TypeScript
 */
export function leavesAmong(files) {
  const parsed = files.map(({ path, text }) => ({ path, ...namesOf(path, text) }));
  const exported = new Set(parsed.flatMap(({ exports }) => exports));
  return parsed.filter(({ imports }) => !imports.some((name) => exported.has(name))).map(({ path }) => path);
}

/**
 * @param {string} path
 * @param {string} text
 */
function namesOf(path, text) {
  /** @type {{ imports: string[], exports: string[] }} */
  const names = { imports: [], exports: [] };
  for (const statement of ts.createSourceFile(path, text, ts.ScriptTarget.Latest).statements) {
    if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      if (OURS.test(statement.moduleSpecifier.text) && bindings && ts.isNamedImports(bindings))
        names.imports.push(...bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text));
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isExport)) {
      const declared = ts.isVariableStatement(statement)
        ? statement.declarationList.declarations
        : [statement];
      names.exports.push(...declared.flatMap(({ name }) => (name ? [name.text] : [])));
    }
  }
  return names;
}

const isExport = (/** @type {ts.ModifierLike} */ { kind }) => kind === ts.SyntaxKind.ExportKeyword;

/**
 * The files with a function that each piece of work calls. Polling calls functions in both windows, so only calls beyond
 * those of the busiest idle window count.
 * @param {CallCounts} working
 * @param {readonly CallCounts[]} idle windows of the same length
 * @param {number} pieces of work in the working window
 */
export function filesAtWork(working, idle, pieces) {
  const isAtWork = (/** @type {string} */ path) =>
    Object.entries(working[path]).some(
      ([name, calls]) => calls - Math.max(...idle.map((window) => window[path]?.[name] ?? 0)) >= pieces,
    );
  return Object.keys(working).filter(isAtWork).toSorted();
}
