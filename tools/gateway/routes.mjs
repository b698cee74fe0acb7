import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Which app answers, for gateways other than nginx: they go by its files, so that there is one truth. */
const textOf = (/** @type {string} */ name) =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
const MAPS = textOf('orderstream.conf');
const RESOURCE_APP = mapOf('orderstream_resource_app');
const APP = mapOf('orderstream_app');
const UNSERVED = patternOf(textOf('routes.conf'), /location ~ (\S+) \{\s*return 404;/);

/**
 * @param {{ method: string, path: string, preflightOf?: string | undefined }} request `preflightOf` is the method that a preflight
 * request asks for
 * @returns {string | undefined} the app, as in `query-api`; none where nothing is for clients
 */
export function appFor({ method, path, preflightOf = '' }) {
  if (UNSERVED.test(path)) return undefined;
  const app = APP(path);
  return (app === '$orderstream_resource_app' ? RESOURCE_APP(`${method}:${preflightOf}`) : app).replaceAll(
    '_',
    '-',
  );
}

/**
 * The path by which nginx decides: decoded once, with `.`, `..` and `//` resolved. What goes on to the app is what came.
 * @param {string} target of the request line
 * @returns {string | undefined} none if nginx refuses it
 */
export function decidingPath(target) {
  const own = target.replace(/^https?:\/\/[^/?#]+(\/?)/i, '/');
  const [path = ''] = own.split(/[?#]/);
  if (!path.startsWith('/') || /%(?![\da-f]{2})|%00/i.test(path)) return undefined;
  const decoded = path.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  /** @type {string[]} */
  const segments = [];
  const parts = decoded.split('/').slice(1);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === '..' && segments.pop() === undefined) return undefined;
    if (!['', '.', '..'].includes(part)) segments.push(part);
    else if (isLast) segments.push('');
  }
  return `/${segments.join('/')}`;
}

/**
 * A `map` block of nginx.
 * @param {string} variable that it sets
 * @returns {(text: string) => string}
 */
function mapOf(variable) {
  const block = new RegExp(`^map \\S+ \\$${variable} \\{([^}]*)\\}`, 'm').exec(MAPS)?.[1] ?? '';
  const lines = [...block.matchAll(/^\s*(?:"~(\S+)"|default)\s+(\S+);$/gm)];
  const rules = lines.map(([, pattern, value = '']) => ({ pattern: pattern && new RegExp(pattern), value }));
  const fallback = rules.find(({ pattern }) => !pattern)?.value;
  if (!fallback) throw new Error(`tools/gateway/orderstream.conf does not say ${variable}`);
  return (text) => rules.find(({ pattern }) => pattern && pattern.test(text))?.value ?? fallback;
}

/**
 * @param {string} text
 * @param {RegExp} place
 */
function patternOf(text, place) {
  const found = place.exec(text)?.[1];
  if (!found) throw new Error('tools/gateway/routes.conf names no paths that are for nobody');
  return new RegExp(found);
}
