import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands for the contexts in tools/layers.json: every library that it does not name. */
const CONTEXTS = '*';
/** Stands for the folders in which contexts describe their requests and answers. */
const CONTEXTS_HTTP = '*/http';
/** Test code, which no rank has. */
const TESTING = 'testing';

/**
 * Reads tools/layers.json for the libraries of a repository.
 * @param {string} root
 * @returns {import('./layer-rules.mjs').Layers}
 */
export function readLayers(root) {
  const layers = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'));
  const named = new Set(layers.ranks.flat().map((/** @type {string} */ room) => room.split('/')[0]));
  const contexts = readdirSync(join(root, 'libs')).filter((name) => !named.has(name) && name !== TESTING);
  const withHttp = contexts.filter((name) => existsSync(join(root, 'libs', name, 'http')));
  const expanded = (/** @type {string[]} */ rooms) =>
    rooms.flatMap((room) => {
      if (room === CONTEXTS) return contexts;
      return room === CONTEXTS_HTTP ? withHttp.map((name) => `${name}/http`) : [room];
    });
  return {
    ...layers,
    ranks: layers.ranks.map(expanded),
    pure: { ...layers.pure, rooms: expanded(layers.pure.rooms) },
  };
}
