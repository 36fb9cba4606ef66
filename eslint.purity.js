import { allowedImports } from './eslint.allowed-imports.js'

// Pure code has no side effects: files, network, logs, clock and randomness are passed in. A pure folder imports only
// its own files and what is listed here. Data flows one way: dicom, intake's pure files, pixels, lungs, classify,
// report, feedback. `test/eslint.purity.test.ts` tests that a forbidden import fails.

const intake = ['eligibility', 'errors', 'image-header', 'patient-age', 'raster-errors', 'rule', 'study']
  .concat('view-and-body-part')
  .map((name) => `intake/${name}.ts`)

/** The declaration of errors and the reason codes. */
const errors = ['errors/triage-error.ts', 'errors/reason-codes.ts']

const hashing = { 'node:crypto': ['createHash'] }

const report = {
  own: ['report/'],
  imports: ['report/', 'dicom/', 'pixels/', 'lungs/', 'classify/', ...errors],
  types: ['intake/image-header.ts'],
}

/**
 * The pure folders and files. If a file matches two entries, the later one applies.
 * @type {readonly Partial<import('./eslint.allowed-imports.js').Allowed>[]}
 */
const pure = [
  { own: errors, types: ['errors/error-list.ts'] },
  {
    own: ['dicom/'],
    imports: errors,
    libraries: {
      zod: '*',
      dcmjs: '*',
      'dicom-parser': '*',
      'dicom-character-set': '*',
      // Deflated Explicit VR Little Endian (PS3.5 A.5).
      'node:zlib': ['inflateRawSync'],
    },
  },
  { own: intake, imports: ['dicom/', ...errors], libraries: { zod: '*' } },
  {
    own: ['pixels/'],
    imports: ['dicom/', ...errors],
    // Both decoders run as WebAssembly in memory.
    libraries: { zod: '*', 'dcmjs-codecs': '*', '@cornerstonejs/codec-openjph': '*', ...hashing },
  },
  { own: ['lungs/'], imports: ['pixels/', ...errors], libraries: { zod: '*', ...hashing } },
  {
    own: ['classify/'],
    imports: ['dicom/', 'pixels/', 'lungs/', ...errors],
    types: ['intake/image-header.ts', 'intake/study.ts', 'errors/error-list.ts'],
    libraries: { zod: '*', 'd3-polygon': '*', ...hashing },
  },
  { ...report, libraries: hashing },
  { ...report, own: ['report/sr/'], libraries: { 'd3-contour': '*' } },
  // The other exports of the library are a FHIR client and its cache.
  {
    ...report,
    own: ['report/hl7/'],
    libraries: { '@medplum/core': ['Hl7Context', 'Hl7Field', 'Hl7Message', 'Hl7Segment'] },
  },
  {
    ...report,
    own: ['report/picture/'],
    libraries: {
      'd3-contour': '*',
      'opentype.js': '*',
      // Resizes, draws SVG and encodes JPEG, from bytes to bytes. Its file access is refused below.
      sharp: '*',
    },
  },
  {
    own: ['feedback/'],
    imports: ['dicom/', 'classify/', 'report/', ...errors],
    libraries: { zod: '*' },
  },
  {
    own: ['training/statistics/'],
    imports: ['pixels/', 'lungs/', 'classify/', 'training/data/random.ts'],
    types: ['training/data/kermany.ts', 'training/figures/confusion.ts'],
  },
]

/**
 * Not pure: the engines, which hold sessions and read weights, and the module that disables ONNX Runtime's telemetry.
 */
const impure = ['classify/engines/', 'classify/without-telemetry.ts']

const impureGlobals = [
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'process',
  'crypto',
  'WebSocket',
  'EventSource',
  'globalThis',
  'global',
]

const plugin = { rules: { 'allowed-imports': allowedImports } }

/** @type {import('eslint').Linter.RulesRecord} */
const pureRules = {
  'no-restricted-globals': ['error', ...impureGlobals],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Pure code takes randomness as an argument.' },
    { object: 'Date', property: 'now', message: 'Pure code takes the time as an argument.' },
    { property: 'toFile', message: 'Pure code returns bytes and writes no file.' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: 'Pure code takes the time as an argument.',
    },
    { selector: "CallExpression[callee.name='Date']", message: 'Pure code takes the time as an argument.' },
    { selector: "MetaProperty[meta.name='import']", message: 'Pure code does not use the location of its file.' },
    {
      selector: "CallExpression[callee.name='sharp'] > :matches(Literal, TemplateLiteral):first-child",
      message: 'Pure code draws from bytes and reads no file.',
    },
  ],
}

/** @type {import('eslint').Linter.Config[]} */
export const purity = pure.map(({ own = [], imports = [], types = [], libraries = {} }) => ({
  files: own.map((place) => `src/${place.endsWith('/') ? `${place}**/*.ts` : place}`),
  ignores: impure.map((place) => `src/${place.endsWith('/') ? `${place}**` : place}`),
  plugins: { purity: plugin },
  rules: {
    'purity/allowed-imports': ['error', { own, except: impure, imports, types, libraries }],
    ...pureRules,
  },
}))
