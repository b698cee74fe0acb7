/** Pure code reads no clock and draws no chance, so that it gives the same result at each run. */
import ts from 'typescript';
import type { SourceFile } from './code-size/counting.mjs';
import type { Layers } from './layer-rules.mjs';

/** The part of tools/layers.json that says which code is pure. */
type PureCode = Pick<Layers['pure'], 'rooms' | 'files' | 'sources'>;

/** Properties of globals, by the name of the global. */
const IMPURE: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  performance: ['now', 'timeOrigin'],
  crypto: ['getRandomValues', 'randomUUID'],
  process: ['hrtime', 'uptime'],
};
const TIMERS = new Set(['setTimeout', 'setInterval']);
const TESTS = /\.(?:spec|fixture)\.ts$/;

/** Each use of a clock, a timer or chance in the pure code of the libraries, a line each. */
export function impureUses(code: readonly SourceFile[], { rooms, files, sources }: PureCode): string[] {
  const pure = [...rooms.map((room) => `^libs/${room.replace('*', '[^/]+')}/`), ...files].map(
    (pattern) => new RegExp(pattern),
  );
  return code
    .filter(({ path }) => /^libs\/.*\.ts$/.test(path) && !TESTS.test(path) && !sources.includes(path))
    .filter(({ path }) => pure.some((pattern) => pattern.test(path)))
    .flatMap(({ path, text }) =>
      impureUsesIn(text).map(
        ({ line, use }) =>
          `${path}:${line}: ${use} is forbidden in pure code: take the time, the id or the number as an argument`,
      ),
    );
}

/** Each use in one source text, with its line from 1. */
export function impureUsesIn(text: string): { readonly line: number; readonly use: string }[] {
  const source = ts.createSourceFile('pure.ts', text, ts.ScriptTarget.Latest, true);
  const found: { line: number; use: string }[] = [];
  const visit = (node: ts.Node): void => {
    const use = impureUse(node);
    if (use !== undefined)
      found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, use });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function impureUse(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node))
    return nameOf(node.expression) === 'Date' && !node.arguments?.length ? 'new Date()' : undefined;
  if (ts.isCallExpression(node)) {
    const name = nameOf(node.expression);
    return name === 'Date' || TIMERS.has(name) ? `${name}()` : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) return ofGlobal(node.expression, node.name.text);
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return ofGlobal(node.expression, node.argumentExpression.text);
  if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)) {
    const { initializer } = node.parent.parent;
    return initializer && ofGlobal(initializer, (node.propertyName ?? node.name).getText());
  }
  return undefined;
}

function ofGlobal(object: ts.Expression, property: string): string | undefined {
  const name = nameOf(object);
  return Object.hasOwn(IMPURE, name) && IMPURE[name]?.includes(property) ? `${name}.${property}` : undefined;
}

/** The name of a global, also as a property of `globalThis`; empty for other expressions. */
function nameOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) && expression.expression.getText() === 'globalThis'
    ? expression.name.text
    : '';
}
