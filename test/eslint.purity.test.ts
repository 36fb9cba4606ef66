import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { purity } from '../eslint.purity.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders in which every file is pure. */
const folders = [
  'dicom',
  'pixels',
  'lungs',
  'classify',
  'report',
  'report/sr',
  'report/hl7',
  'report/picture',
  'feedback',
].concat('training/statistics')

const forbiddenImports: Record<string, string> = {
  'a file': "import { readFile } from 'node:fs'",
  'a file, by the old name': "import { readFileSync } from 'fs'",
  'a logger': "import { pino } from 'pino'",
  'a server': "import express from 'express'",
  'a job queue': "import Bull from 'bull'",
  'a Redis client': "import { Redis } from 'ioredis'",
  'a pool of workers': "import { Piscina } from 'piscina'",
  'a worker thread': "import { Worker } from 'node:worker_threads'",
  'the network runtime': "import { InferenceSession } from 'onnxruntime-node'",
  metrics: "import { Counter } from 'prom-client'",
  'a library that is not allowed': "import anything from 'left-pad'",
  'a library, for its side effects': "import 'ioredis'",
  'a library, by a dynamic import': "export const redis = await import('ioredis')",
  'a library, by require': "export const redis = require('ioredis') as unknown",
  'a library, by import equals': "import redis = require('ioredis')",
  'a library, re-exported': "export { Redis } from 'ioredis'",
  'all of a library, re-exported': "export * from 'ioredis'",
  'a library, for a type': "export type Redis = import('ioredis').Redis",
  'a module with a computed name': 'export const load = (name: string) => import(name)',
  'random bytes': "import { randomBytes } from 'node:crypto'",
  'random bytes together with a hash': "import { createHash, randomBytes } from 'node:crypto'",
  'all of node:crypto': "import * as crypto from 'node:crypto'",
  'all of node:crypto, by a dynamic import': "export const { randomUUID } = await import('node:crypto')",
  'the service': "import { Access } from '#/service/access.ts'",
  delivery: "import { deliverResults } from '#/deliver/deliver.ts'",
  'the settings': "import type { Settings } from '#/settings/settings.ts'",
  'a client': "import { OrthancClient } from '#/clients/orthanc-client.ts'",
  'an archive': "import type { Archive } from '#/intake/archive.ts'",
  'the pipeline': "import { triageStudy } from '#/pipeline.ts'",
  'the opened triage': "import { openTriage } from '#/analyse/open-triage.ts'",
  training: "import { readKermany } from '#/training/data/kermany.ts'",
  'an engine': "import { openEngine } from '#/classify/engines/open-engine.ts'",
  'an impure file, by a dynamic import': "export const main = await import('#/cli.ts')",
  'an impure file, re-exported': "export { createLog } from '#/log.ts'",
  'a file outside the source': "import { fixture } from '#/../test/fixtures.ts'",
}

const impureCode: Record<string, string> = {
  'the time': 'export const now = Date.now()',
  'the date': 'export const today = new Date()',
  'the date, as text': 'export const today = Date()',
  'a random number': 'export const chance = Math.random()',
  'the environment': "export const home = process.env['HOME']",
  'the network': "export const answer = fetch('http://127.0.0.1')",
  'a global, by globalThis': "export const answer = globalThis.fetch('http://127.0.0.1')",
  'a timer': 'setTimeout(() => undefined, 1)',
  'the location of its file': 'export const here = import.meta.url',
  'writing a picture': "export const write = (picture: { toFile(path: string): unknown }) => picture.toFile('x.png')",
}

describe('the purity rules', () => {
  const eslint = new ESLint({
    cwd: root,
    // Only the purity rules, without the project's rules that need types.
    overrideConfigFile: true,
    overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, ...purity],
  })

  for (const [what, source] of Object.entries({ ...forbiddenImports, ...impureCode })) {
    it(`reject ${what} in every pure folder`, async () => {
      for (const folder of folders) expect(await errorsOf(source, `src/${folder}/x.ts`), folder).to.have.lengthOf(1)
    })
  }

  it('reject sharp outside report/picture, and sharp with a file name inside it', async () => {
    const source = "import sharp from 'sharp'"
    for (const folder of folders.filter((name) => name !== 'report/picture')) {
      expect(await errorsOf(source, `src/${folder}/x.ts`), folder).to.have.lengthOf(1)
    }
    expect(await errorsOf(source, 'src/report/picture/x.ts')).to.deep.equal([])
    const reading = `${source}\nexport const picture = sharp('x.png')`
    expect(await errorsOf(reading, 'src/report/picture/x.ts')).to.have.lengthOf(1)
  })

  it('reject an import against the data flow', async () => {
    const later = ['dicom', 'pixels', 'lungs', 'classify', 'report', 'feedback']
    for (const [place, folder] of later.entries()) {
      for (const other of later.slice(place + 1)) {
        const source = `import { x } from '#/${other}/x.ts'`
        expect(await errorsOf(source, `src/${folder}/x.ts`), `${other} in ${folder}`).to.have.lengthOf(1)
      }
    }
  })

  it('reject a value import from a file that allows only type imports', async () => {
    const [type, value] = ['type ', ''].map((kind) => `import ${kind}{ ImageHeader } from '#/intake/image-header.ts'`)
    for (const folder of ['classify', 'report', 'report/sr']) {
      expect(await errorsOf(type!, `src/${folder}/x.ts`), folder).to.deep.equal([])
      expect(await errorsOf(value!, `src/${folder}/x.ts`), folder).to.have.lengthOf(1)
    }
  })

  it('apply to the eligibility rules of intake but not to its clients', async () => {
    const source = forbiddenImports['a file']!
    for (const pure of ['eligibility', 'errors', 'image-header', 'patient-age', 'raster-errors', 'rule', 'study']) {
      expect(await errorsOf(source, `src/intake/${pure}.ts`), pure).to.have.lengthOf(1)
    }
    expect(await errorsOf(source, 'src/intake/feed/change-feed.ts')).to.deep.equal([])
  })

  it('apply to the declaration of errors', async () => {
    expect(await errorsOf(forbiddenImports['a logger']!, 'src/errors/triage-error.ts')).to.have.lengthOf(1)
  })

  it('allow impure imports in the engines and without-telemetry.ts', async () => {
    for (const file of ['engines/x.ts', 'without-telemetry.ts']) {
      expect(await errorsOf(forbiddenImports['the network runtime']!, `src/classify/${file}`), file).to.deep.equal([])
    }
  })

  it('allow type imports, hashes and a Date of an argument', async () => {
    const source = `
      import { createHash } from 'node:crypto'
      import type { Radiograph } from '../pixels/radiograph.ts'
      export const digest = (radiograph: Radiograph) => createHash('sha256').update(radiograph.samples).digest('hex')
      export const dateOf = (text: string) => new Date(text)`
    expect(await errorsOf(source, 'src/classify/x.ts')).to.deep.equal([])
  })

  it('find no error in the source', async () => {
    const results = await eslint.lintFiles(purity.flatMap(({ files }) => files as string[]))
    const refused = results.flatMap(({ filePath, messages }) =>
      messages.map(({ message }) => `${filePath}: ${message}`),
    )
    expect(refused).to.deep.equal([])
    expect(results.length).to.be.above(100)
  }).timeout(60_000)

  it("are part of the project's ESLint configuration", async () => {
    const config: unknown = await new ESLint({ cwd: root }).calculateConfigForFile('src/pixels/radiograph.ts')
    const shared = [
      'purity/allowed-imports',
      'no-restricted-globals',
      'no-restricted-properties',
      'no-restricted-syntax',
    ]
    for (const rule of shared) expect(config).to.have.nested.property(`rules.${rule}.0`, 2)
  })

  /** @param source with `#` for the path to `src` */
  async function errorsOf(source: string, filePath: string): Promise<string[]> {
    const src = relative(dirname(filePath), 'src')
    const [result] = await eslint.lintText(`${source.replace('#', src)}\n`, { filePath })
    return result!.messages.filter((message) => message.severity === 2).map((message) => message.message)
  }
})
