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
