/**
 * Makes the rules of dependency-cruiser from tools/layers.json. Paths are relative to the repository.
 *
 * @typedef {object} Layers
 * @property {string[][]} ranks libraries by rank, lowest first
 * @property {string[]} unranked libraries for tests only, which may import anything
 * @property {string[]} runsConformance folders that check a user's servers with the conformance suites
 * @property {{upToRank: number, packages: Record<string, string[]>, builtins: Record<string, string[]>}} pure
 *   ranks without I/O, and the packages and Node modules they may import all the same
 * @property {string[]} composesApps apps that consist of other apps
 */

const SPEC = '\\.spec\\.ts$';
const FIXTURE = '\\.fixture\\.ts$';
const CONFORMANCE = '^libs/[^/]+/conformance/';
/** Binds a conformance suite to Jest; the suite itself imports no test framework. */
const CONFORMANCE_SPECS = '^libs/[^/]+/conformance/jest/';
/** Test code, wherever it is. */
const TESTS = [SPEC, FIXTURE, CONFORMANCE_SPECS];
const GENERATED = '/generated/';

const anyOf = (names) => `(?:${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
const inLibs = (names) => `^libs/${anyOf(names)}/`;
const error = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** @param {Layers} layers */
export const layerRules = (layers) => [
  ...layers.ranks.flatMap((libs, rank) => libs.map((lib) => lowerRanksOnly(layers, lib, rank))),
  ...pureRules(layers),
  ...testRules(layers),
  ...appRules(layers),
  error(
    'library-needs-a-rank',
    'This library has no rank in tools/layers.json. Add it there, so that its imports can be checked.',
    { path: '^libs/', pathNot: inLibs([...layers.ranks.flat(), ...layers.unranked]) },
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
    {
      path: '^(?:libs|apps)/',
      pathNot: [...TESTS, GENERATED, ...layers.unranked.map((name) => `^libs/${name}/`)],
    },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  ),
];

function lowerRanksOnly({ ranks, unranked }, lib, rank) {
  const lower = ranks.slice(0, rank).flat();
  const allowed = lower.length > 0 ? `only these libraries: ${lower.join(', ')}` : 'no other library';
  return error(
    `${lib}-imports-lower-libraries-only`,
    `${lib} may import ${allowed}. A library imports lower ranks of tools/layers.json, so that a change never affects what is below it.`,
    { path: inLibs([lib]) },
    { path: '^libs/', pathNot: inLibs([lib, ...lower, ...unranked]) },
  );
}

function pureRules({ ranks, pure }) {
  const pureRanks = ranks.slice(0, pure.upToRank + 1);
  const packageRules = pureRanks.flat().map((lib) => {
    const allowed = pure.packages[lib] ?? [];
    return error(
      `${lib}-imports-no-framework-or-client`,
      `${lib} is pure: it may import no framework, database or broker client, ${allowed.length > 0 ? `and of all packages only ${allowed.join(', ')}` : 'and no other package'}. Then it runs in a test without any of them.`,
      { path: inLibs([lib]), pathNot: TESTS },
      {
        path: 'node_modules/',
        ...(allowed.length > 0 && { pathNot: `node_modules/(?:@types/)?${anyOf(allowed)}/` }),
      },
    );
  });
  const builtinRules = pureRanks.flatMap((libs, rank) => {
    const allowed = pure.builtins[rank] ?? [];
    return libs.map((lib) =>
      error(
        `${lib}-imports-no-node-io`,
        `${lib} is pure: it does no I/O, so it may import ${allowed.length > 0 ? `of Node's modules only ${allowed.join(', ')}` : "none of Node's modules"}.`,
        { path: inLibs([lib]), pathNot: TESTS },
        { dependencyTypes: ['core'], ...(allowed.length > 0 && { pathNot: `^${anyOf(allowed)}$` }) },
      ),
    );
  });
  return [...packageRules, ...builtinRules];
}

function testRules({ unranked, runsConformance }) {
  const kits = inLibs(unranked);
  return [
    error(
      'test-code-in-specs-only',
      `Only specs and fixtures may import ${unranked.join(', ')}, fixtures and Jest bindings: they are not part of the product.`,
      { path: '^(?:libs|apps)/', pathNot: [...TESTS, kits] },
      { path: [kits, FIXTURE, CONFORMANCE_SPECS] },
    ),
    error(
      'conformance-suites-in-specs-only',
      `Only specs and ${runsConformance.join(', ')} may import conformance suites: they check adapters, and no other code builds on them.`,
      {
        path: '^(?:libs|apps)/',
        pathNot: [...TESTS, kits, CONFORMANCE, ...runsConformance.map((folder) => `^${folder}/`)],
      },
      { path: CONFORMANCE },
    ),
    error(
      'no-import-of-specs',
      'Nothing may import a spec. Move what both need into a fixture.',
      {},
      { path: SPEC },
    ),
  ];
}

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
