import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { purity } from '../eslint.purity.js'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the purity of the pure folders', () => {
  const eslint = new ESLint({
    cwd: root,
    // The rules of the project that keep them pure, without those that need types: this is about text alone.
    overrideConfigFile: true,
    overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, ...purity],
  })

  const impure: Record<string, string> = {
    'a file': "import { readFile } from 'node:fs'",
    'a file, by the old name': "import { readFileSync } from 'fs'",
    'a logger': "import { pino } from 'pino'",
    'a server': "import express from 'express'",
    'a worker thread': "import { Worker } from 'node:worker_threads'",
    'the service': "import { Access } from '../service/access.ts'",
    delivery: "import { deliverResults } from '../deliver/deliver.ts'",
    training: "import { seededRandom } from '../training/data/random.ts'",
    'random bytes': "import { randomBytes } from 'node:crypto'",
    'the time': 'export const now = Date.now()',
    'the date': 'export const today = new Date()',
    chance: 'export const chance = Math.random()',
    'the environment': "export const home = process.env['HOME']",
    'the network': "export const answer = fetch('http://127.0.0.1')",
    'a timer': 'setTimeout(() => undefined, 1)',
  }

  for (const [what, source] of Object.entries(impure)) {
    it(`${what} is refused`, async () => {
      for (const folder of ['pixels', 'lungs', 'classify', 'report', 'feedback']) {
        expect(await errorsOf(source, `src/${folder}/x.ts`), folder).to.have.lengthOf(1)
      }
    })
  }

  it('eligibility is a pure part of a folder that is not', async () => {
    expect(await errorsOf(impure['a file']!, 'src/intake/eligibility.ts')).to.have.lengthOf(1)
    expect(await errorsOf(impure['a file']!, 'src/intake/change-feed.ts')).to.deep.equal([])
  })

  it('values from values are welcome, hashes and given dates among them', async () => {
    const source = `
      import { createHash } from 'node:crypto'
      import type { Radiograph } from './radiograph.ts'
      export const digest = (radiograph: Radiograph) => createHash('sha256').update(radiograph.samples).digest('hex')
      export const dateOf = (text: string) => new Date(text)`
    expect(await errorsOf(source, 'src/pixels/x.ts')).to.deep.equal([])
  })

  it('the linter of the project has these rules', async () => {
    const config: unknown = await new ESLint({ cwd: root }).calculateConfigForFile('src/pixels/radiograph.ts')
    const shared = [
      'no-restricted-imports',
      'no-restricted-globals',
      'no-restricted-properties',
      'no-restricted-syntax',
    ]
    for (const rule of shared) expect(config).to.have.nested.property(`rules.${rule}.0`, 2)
  })

  async function errorsOf(source: string, filePath: string): Promise<string[]> {
    const [result] = await eslint.lintText(`${source}\n`, { filePath })
    return result!.messages.filter((message) => message.severity === 2).map((message) => message.message)
  }
})
