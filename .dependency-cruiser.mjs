import { readLayers } from './tools/layers.mjs';
import { layerRules } from './tools/layer-rules.mjs';

const layers = readLayers(process.cwd());

/** `depcruise apps libs test tools` fails where an import goes against tools/layers.json. */
export default {
  forbidden: layerRules(layers),
  options: {
    doNotFollow: { path: 'node_modules' },
    // The page is built for browsers: it has packages, and a compiler's rules, of its own.
    exclude: { path: '(?:^|/)(?:dist|\\.orderstream|apps/console/web)/' },
    // Imports of types count: a rule that a type may break is none.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // `source` is what leads `#libs/*` to TypeScript.
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
