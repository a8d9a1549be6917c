/** The layers of docs/architecture.md, as data: a folder imports itself and lower levels only. */
const levels = {
  errors: 0,
  observer: 0,
  pages: 0,
  compiler: 1,
  networks: 2,
  datasets: 2,
  expressions: 2,
  bundles: 2,
  attacks: 3,
  training: 4,
  generation: 4,
  evaluation: 5,
  config: 6,
  storage: 6,
  queue: 6,
  persistence: 6,
  processes: 6,
  serving: 7,
  workers: 8,
  modules: 8,
};

const folders = Object.keys(levels);
const upward = folders.map((from) => ({
  name: `no-upward-import-from-${from}`,
  severity: 'error',
  comment: `src/${from} is L${levels[from]}: it may import itself and lower levels only`,
  from: { path: `^src/${from}/` },
  to: {
    path: folders
      .filter((to) => to !== from && levels[to] >= levels[from] && !(levels[from] >= 6 && levels[to] === levels[from]))
      .map((to) => `^src/${to}/`)
      .concat('^src/main\\.ts$'),
  },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'algorithms-know-no-frameworks',
      severity: 'error',
      comment: 'L0-L5 know no NestJS, TypeORM, MinIO or pg',
      from: { path: '^src/(errors|observer|pages|compiler|expressions|networks|datasets|bundles|attacks|training|generation|evaluation)/' },
      to: { path: 'node_modules/(@nestjs|typeorm|minio|pg|pg-boss|@electric-sql)(/|$)' },
    },
    {
      name: 'adapters-know-no-algorithm',
      severity: 'error',
      comment: 'L6 may read option schemas and descriptors, not algorithms',
      from: { path: '^src/(persistence|storage|queue|config)/' },
      to: { path: '^src/(compiler|expressions|networks|datasets|bundles|attacks|training|generation|evaluation)/', pathNot: '(\\.options|manifest|dataset|tensors|report\\.schema)\\.ts$' },
    },
    {
      name: 'modules-see-options-only',
      severity: 'error',
      comment: 'modules see of the algorithm folders only option schemas, formats and the serving runtime',
      from: { path: '^src/modules/' },
      to: { path: '^src/(compiler|expressions|networks|attacks|training|generation|evaluation)/', pathNot: '(\\.options|\\.schema|tensors|/index)\\.ts$' },
    },
    { name: 'no-dev-dependency-in-src', severity: 'error', from: { path: '^src/', pathNot: '\\.spec\\.ts$' }, to: { dependencyTypes: ['npm-dev'] } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '(main|\\.spec|entry|snapshot)\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
