/** What keeps the layers: a package imports only from layers below it; vendor-client imports nothing of ours; no circles. */
const layers = [
  ['core', 'policy', 'ledger'],
  ['grants', 'files', 'keyrings', 'verify'],
  ['bank'],
  ['gateway', 'vendor-client'],
  ['numbra'],
];
/** Tests and what only they read. */
const tests = '\\.test\\.ts$|/vectors/|\\.fixture\\.ts$';
const path = (names) => `^packages/(${names.join('|')})/`;

const layered = layers.flatMap((names, depth) =>
  names.map((name) => ({
    name: `layer-${depth + 1}-${name}`,
    comment: `${name} is in layer ${depth + 1}: it imports only from layers below.`,
    severity: 'error',
    from: { path: path([name]), pathNot: tests },
    to: {
      path: path(
        layers
          .slice(depth)
          .flat()
          .filter((other) => other !== name),
      ),
    },
  })),
);

module.exports = {
  forbidden: [
    ...layered,
    {
      name: 'vendor-client-alone',
      comment: 'A vendor must be able to install the client without one line of bank code.',
      severity: 'error',
      from: { path: path(['vendor-client']), pathNot: tests },
      to: { path: '^packages/(?!vendor-client/)' },
    },
    {
      name: 'pure-without-io',
      comment: 'core, policy and ledger open no file and no socket.',
      severity: 'error',
      from: { path: path(['core', 'policy', 'ledger']), pathNot: tests },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|process)(/|$)' },
    },
    {
      name: 'no-circle',
      comment: 'A circle is a wrong cut.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-deep-import',
      comment: 'What `exports` does not list cannot be imported.',
      severity: 'error',
      from: { path: '^(packages|examples|benchmarks)/', pathNot: tests },
      to: { couldNotResolve: true, path: '^@numbra/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|demo)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@numbra/source', 'import', 'node', 'default', 'types'] },
  },
};
