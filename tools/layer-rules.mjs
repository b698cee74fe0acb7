/**
 * The rules of dependency-cruiser that follow from tools/layers.json. Paths are relative to the repository.
 *
 * @typedef {object} Layers
 * @property {string[][]} ranks libraries by rank, lowest first
 * @property {string[]} unranked libraries for tests only, which may import anything
 * @property {string[]} runsConformance folders that check a user's servers by the conformance suites
 * @property {{upToRank: number, packages: Record<string, string[]>, builtins: Record<string, string[]>}} pure
 *   ranks without I/O, and the packages and Node modules that are none
 * @property {string[]} composesApps apps that are made of other apps
 */

const SPEC = '\\.spec\\.ts$';
const FIXTURE = '\\.fixture\\.ts$';
const CONFORMANCE = '^libs/[^/]+/conformance/';
/** Ties a conformance suite to Jest; the suite itself knows no test framework. */
const CONFORMANCE_SPECS = '^libs/[^/]+/conformance/jest/';
/** Code of tests, wherever it lies. */
const TESTS = [SPEC, FIXTURE, CONFORMANCE_SPECS];
const GENERATED = '/generated/';

const anyOf = (names) => `(?:${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
const inLibs = (names) => `^libs/${anyOf(names)}/`;
const error = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** @param {Layers} layers */
export const layerRules = (layers) => [
  ...layers.ranks.map((libs, rank) => lowerRanksOnly(layers, libs, rank)),
  ...pureRules(layers),
  ...testRules(layers),
  ...appRules(layers),
  error(
    'ranked',
    'Every library has its place in tools/layers.json.',
    { path: '^libs/', pathNot: inLibs([...layers.ranks.flat(), ...layers.unranked]) },
    {},
  ),
  error(
    'by-name',
    'Another library is imported by #libs/<name>, so that it can tell inside from outside.',
    { path: '^(?:libs|apps)/([^/]+)/' },
    { path: '^libs/', pathNot: '^libs/$1/', dependencyTypesNot: ['aliased-subpath-import'] },
  ),
  error(
    'no-cycles',
    'Two modules that need each other are one, or three.',
    { pathNot: GENERATED },
    { circular: true },
  ),
  error(
    'resolved',
    'An import that leads nowhere would pass every other rule.',
    {},
    { couldNotResolve: true },
  ),
  error(
    'declared',
    'What runs in production is among the dependencies in package.json.',
    {
      path: '^(?:libs|apps)/',
      pathNot: [...TESTS, GENERATED, ...layers.unranked.map((name) => `^libs/${name}/`)],
    },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  ),
];

const lowerRanksOnly = ({ ranks, unranked }, libs, rank) =>
  error(
    `rank-${rank}`,
    `Of the libraries, ${libs.join(', ')} may import lower ranks only: ${ranks.slice(0, rank).flat().join(', ') || 'none'}.`,
    { path: `^libs/(${libs.join('|')})/` },
    { path: '^libs/', pathNot: ['^libs/$1/', inLibs([...ranks.slice(0, rank).flat(), ...unranked])] },
  );

function pureRules({ ranks, pure }) {
  const pureRanks = ranks.slice(0, pure.upToRank + 1);
  const packageRules = pureRanks.flat().map((lib) => {
    const allowed = pure.packages[lib] ?? [];
    return error(
      `pure-${lib}`,
      `Rules without I/O: ${lib} may import ${['no framework, database or broker', ...allowed.map((name) => `but ${name}`)].join(', ')}.`,
      { path: inLibs([lib]), pathNot: TESTS },
      {
        path: 'node_modules/',
        ...(allowed.length > 0 && { pathNot: `node_modules/(?:@types/)?${anyOf(allowed)}/` }),
      },
    );
  });
  const builtinRules = pureRanks.map((libs, rank) => {
    const allowed = pure.builtins[rank] ?? [];
    return error(
      `pure-node-${rank}`,
      `Rules without I/O: rank ${rank} may import ${allowed.length > 0 ? `only ${allowed.join(', ')}` : 'nothing'} of Node.`,
      { path: inLibs(libs), pathNot: TESTS },
      { dependencyTypes: ['core'], ...(allowed.length > 0 && { pathNot: `^${anyOf(allowed)}$` }) },
    );
  });
  return [...packageRules, ...builtinRules];
}

function testRules({ unranked, runsConformance }) {
  const kits = inLibs(unranked);
  return [
    error(
      'kits-in-tests',
      `${unranked.join(', ')}, fixtures and what binds to Jest are for specs.`,
      { path: '^(?:libs|apps)/', pathNot: [...TESTS, kits] },
      { path: [kits, FIXTURE, CONFORMANCE_SPECS] },
    ),
    error(
      'conformance-proves',
      `Conformance suites are for specs and for ${runsConformance.join(', ')}; nothing is built on them.`,
      {
        path: '^(?:libs|apps)/',
        pathNot: [...TESTS, kits, CONFORMANCE, ...runsConformance.map((folder) => `^${folder}/`)],
      },
      { path: CONFORMANCE },
    ),
    error('specs-stand-alone', 'Nothing imports a spec.', {}, { path: SPEC }),
  ];
}

const appRules = ({ composesApps }) => [
  error(
    'apps-on-top',
    'Nothing imports an app, but for the generator that describes what they are together.',
    { path: '^(?:libs|tools)/', pathNot: '^tools/docs/' },
    { path: '^apps/' },
  ),
  error(
    'apps-apart',
    `Apps know nothing of each other; only ${composesApps.join(', ')} puts them together.`,
    { path: '^apps/([^/]+)/', pathNot: `^apps/${anyOf(composesApps)}/` },
    { path: '^apps/', pathNot: '^apps/$1/' },
  ),
];
