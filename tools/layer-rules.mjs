/**
 * Makes the rules of dependency-cruiser from tools/layers.json. Paths are relative to the repository. A library that it does
 * not name is a context: pure rules that import the kernel alone.
 *
 * A room is a library, or one of its folders where it has several: `kernel`, `event-store/core`. Test code of a library
 * is in `<library>/testing`.
 *
 * @typedef {object} Layers
 * @property {string[][]} ranks rooms by rank, lowest first
 * @property {object} pure what may do no I/O
 * @property {string[]} pure.rooms by name, or as `*\/<folder>`
 * @property {string[]} pure.files patterns of files that are pure, whatever room they are in
 * @property {Record<string, string[]>} pure.packages packages that a pure room may import all the same
 * @property {Record<string, string[]>} pure.builtins modules of Node that a pure room may import all the same
 * @property {string[]} pure.sources files where time and chance come in; see tools/pure-code.ts
 * @property {string[]} runsConformance folders that check a user's servers with the conformance suites
 * @property {string[]} composesApps apps that consist of other apps
 */

const SPEC = '\\.spec\\.ts$';
const FIXTURE = '\\.fixture\\.ts$';
const TESTING = ['^libs/testing/', '^libs/[^/]+/testing/'];
const CONFORMANCE = '^libs/[^/]+/conformance/';
/** Test code, wherever it is. */
const TESTS = [SPEC, FIXTURE, ...TESTING];
const GENERATED = '/generated/';

const escaped = (text) => text.replaceAll('.', '\\.');
const anyOf = (names) => `(?:${names.map(escaped).join('|')})`;
/**
 * @param {Layers} layers
 * @param {string[]} rooms
 */
function inRooms({ ranks }, rooms) {
  const all = new Set(ranks.flat());
  // The `http` folder of a context is a room of its own.
  const paths = rooms.map((room) => (all.has(`${room}/http`) ? `${room}/(?!http/)` : `${room}/`));
  return `^libs/${anyOf(paths)}`;
}
const error = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** @param {Layers} layers */
export const layerRules = (layers) => [
  ...layers.ranks.flatMap((rooms, rank) => rooms.map((room) => lowerRanksOnly(layers, room, rank))),
  ...pureRules(layers),
  ...testRules(layers),
  ...appRules(layers),
  error(
    'room-needs-a-rank',
    'This folder of a library has no rank in tools/layers.json. Add it there, so that its imports can be checked.',
    { path: '^libs/', pathNot: [inRooms(layers, layers.ranks.flat()), ...TESTING] },
    {},
  ),
  error(
    'import-other-libraries-by-name',
    'Import another library as #libs/<name>, not by a path into it: only what its index.ts exports is public.',
    { path: '^(?:libs|apps)/([^/]+)/' },
    { path: '^libs/', pathNot: '^libs/$1/', dependencyTypesNot: ['aliased-subpath-import'] },
  ),
  error(
    'no-import-cycles',
    'These modules import each other. Merge them, or move what both need into a third one.',
    { pathNot: GENERATED },
    { circular: true },
  ),
  error(
    'import-must-exist',
    'This import leads to no file or package, so no other rule can check it.',
    {},
    { couldNotResolve: true },
  ),
  error(
    'production-code-needs-dependencies',
    'Production code may import a package only if it is in "dependencies" of package.json: others are not installed there.',
    { path: '^(?:libs|apps)/', pathNot: [...TESTS, GENERATED] },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  ),
];

function lowerRanksOnly(layers, room, rank) {
  const { ranks } = layers;
  const [library] = room.split('/');
  const lower = ranks.slice(0, rank).flat();
  const beside = ranks[rank].filter((other) => other === room || other.startsWith(`${library}/`));
  const allowed = lower.length > 0 ? `only these rooms: ${lower.join(', ')}` : 'no other room';
  return error(
    `${room}-imports-lower-ranks-only`,
    `${room} may import ${allowed}. A room imports lower ranks of tools/layers.json, so that a change never affects what is below it.`,
    { path: inRooms(layers, [room]), pathNot: TESTS },
    { path: '^libs/', pathNot: [inRooms(layers, [...beside, ...lower]), ...TESTING] },
  );
}

function pureRules(layers) {
  const { ranks, pure } = layers;
  const isPure = (room) =>
    pure.rooms.some((pattern) => new RegExp(`^${pattern.replace('*', '[^/]+')}$`).test(room));
  return [
    ...ranks
      .flat()
      .filter(isPure)
      .flatMap((room) =>
        pureRule(
          room,
          { path: inRooms(layers, [room]), pathNot: TESTS },
          pure.packages[room],
          pure.builtins[room],
        ),
      ),
    ...pure.files.flatMap((path) =>
      pureRule(
        path.replaceAll(/[^\w.-]/g, '').replace(/^[.-]/, ''),
        { path, pathNot: TESTS },
        pure.packages[path],
        pure.builtins[path],
      ),
    ),
  ];
}

function pureRule(what, from, packages = [], builtins = []) {
  return [
    error(
      `${what}-imports-no-framework-or-client`,
      `${what} is pure: it may import no framework, database or broker client, ${packages.length > 0 ? `and of all packages only ${packages.join(', ')}` : 'and no other package'}. Then it runs in a test without any of them.`,
      from,
      {
        path: 'node_modules/',
        ...(packages.length > 0 && { pathNot: `node_modules/(?:@types/)?${anyOf(packages)}/` }),
      },
    ),
    error(
      `${what}-imports-no-node-io`,
      `${what} is pure: it does no I/O, so it may import ${builtins.length > 0 ? `of Node's modules only ${builtins.join(', ')}` : "none of Node's modules"}.`,
      from,
      { dependencyTypes: ['core'], ...(builtins.length > 0 && { pathNot: `^${anyOf(builtins)}$` }) },
    ),
  ];
}

const testRules = ({ runsConformance }) => [
  error(
    'test-code-in-specs-only',
    'Only specs, fixtures and libs/*/testing may import fixtures and libs/*/testing: they are not part of the product.',
    { path: '^(?:libs|apps)/', pathNot: TESTS },
    { path: [...TESTING, FIXTURE] },
  ),
  error(
    'conformance-suites-in-specs-only',
    `Only specs and ${runsConformance.join(', ')} may import conformance suites: they check adapters, and no other code builds on them.`,
    {
      path: '^(?:libs|apps)/',
      pathNot: [...TESTS, CONFORMANCE, ...runsConformance.map((folder) => `^${folder}/`)],
    },
    { path: CONFORMANCE, dependencyTypesNot: ['type-only'] },
  ),
  error(
    'no-import-of-specs',
    'Nothing may import a spec. Move what both need into a fixture.',
    {},
    { path: SPEC },
  ),
];

const appRules = ({ composesApps }) => [
  error(
    'no-import-of-apps',
    'No library or tool may import an app, except the generator of the API descriptions. Move the code into a library.',
    { path: '^(?:libs|tools)/', pathNot: '^tools/docs/' },
    { path: '^apps/' },
  ),
  error(
    'apps-are-independent',
    `An app may not import another one: each runs alone. Only ${composesApps.join(', ')} combines them. Move the code into a library.`,
    { path: '^apps/([^/]+)/', pathNot: `^apps/${anyOf(composesApps)}/` },
    { path: '^apps/', pathNot: '^apps/$1/' },
  ),
];
