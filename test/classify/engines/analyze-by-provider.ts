import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { benchmarkImage } from '../../../src/benchmark/image.ts'
import { loadModelFolder } from '../../../src/analyse/model-folder.ts'
import { writeReducedModel } from './reduced-model.ts'

export interface Finding {
  readonly probabilities: Readonly<Record<'pneumonia' | 'normal' | 'bacterial' | 'viral', number>>
  readonly stderr: string
}

/** A reduced model and a radiograph in a separate folder, with the CPU's finding. */
export interface ProviderBench {
  readonly folder: string
  readonly cpu: Finding
  analyze(provider: string, environment: NodeJS.ProcessEnv): Promise<Finding>
}

/** Creates the bench before the tests of the calling `describe` and removes it afterwards. */
export function withProviderBench(): () => ProviderBench {
  let bench: ProviderBench | undefined
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-providers-'))
    await writeReducedModel(folder)
    const { atlas } = await loadModelFolder(folder)
    await writeFile(join(folder, 'child.dcm'), await benchmarkImage(atlas, 400))
    bench = {
      folder,
      cpu: await analyze(folder, 'cpu', {}),
      analyze: (provider, environment) => analyze(folder, provider, environment),
    }
  })
  after(() => rm(folder, { recursive: true }))
  return () => bench!
}

function analyze(folder: string, provider: string, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const args = ['src/cli.ts', 'analyze', join(folder, 'child.dcm'), '--out', join(folder, 'out', provider)]
  const env = { ...process.env, ...environment }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args, '--model', folder, '--provider', provider, '--json'],
      { encoding: 'utf8', env },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(stderr, { cause: error }))
        else resolve({ probabilities: JSON.parse(stdout) as Finding['probabilities'], stderr })
      },
    )
  })
}

export function expectSameNumbers({ probabilities }: Finding, expected: Finding): void {
  for (const name of ['pneumonia', 'normal', 'bacterial', 'viral'] as const) {
    expect(probabilities[name], name).to.be.closeTo(expected.probabilities[name], 1e-3)
  }
}
