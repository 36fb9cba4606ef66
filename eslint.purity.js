// The pure folders compute values from values. What reaches outside (files, network, logs, clock, randomness) is handed in.
// `test/eslint.purity.test.ts` proves that a forbidden import fails.

const outsideModules = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'http2',
  'tls',
  'dgram',
  'dns',
  'child_process',
  'cluster',
  'worker_threads',
  'os',
  'process',
  'timers',
  'timers/promises',
  'sqlite',
  'perf_hooks',
  'readline',
  'path',
  'url',
].flatMap((name) => [name, `node:${name}`])

const outsideLibraries = [
  'pino',
  'express',
  'bull',
  'dicomweb-client',
  'fhir-kit-client',
  'xhr2',
  'helmet',
  'commander',
]

const outsideFolders = {
  group: [
    '**/service/**',
    '**/deliver/**',
    '**/http/**',
    '**/demo/**',
    '**/training/**',
    '**/main.ts',
    '**/cli.ts',
    '**/bootstrap/**',
  ],
  message: 'A pure folder knows nothing of the shell around it.',
}

/** @type {import('eslint').Linter.RuleEntry} */
const restrictedImports = [
  'error',
  {
    paths: [
      ...[...outsideModules, ...outsideLibraries].map((name) => ({
        name,
        message: 'Pure folders reach nothing outside: take the value as an argument.',
      })),
      ...['crypto', 'node:crypto'].map((name) => ({
        name,
        allowImportNames: ['createHash'],
        message: 'Only hashing is pure; randomness and time are arguments.',
      })),
    ],
    patterns: [outsideFolders],
  },
]

const impureGlobals = [
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'process',
  'crypto',
  'WebSocket',
]

/** @type {import('eslint').Linter.Config[]} */
export const purity = [
  {
    files: [
      'src/dicom/**/*.ts',
      'src/pixels/**/*.ts',
      'src/lungs/**/*.ts',
      'src/classify/**/*.ts',
      'src/report/**/*.ts',
      'src/feedback/**/*.ts',
      'src/intake/{eligibility,image-header,patient-age,rule,view-and-body-part}.ts',
      'src/errors.ts',
    ],
    // The engines hold the network's sessions and read its weights; what ONNX Runtime's imports first keeps it quiet.
    ignores: ['src/classify/engines/**', 'src/classify/without-telemetry.ts'],
    rules: {
      'no-restricted-imports': restrictedImports,
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is an argument.' },
        { object: 'Date', property: 'now', message: 'Time is an argument.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is an argument.' },
      ],
    },
  },
]
