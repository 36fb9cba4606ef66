import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { benchmarkImage } from '../../../src/benchmark/image.ts'
import { loadModelFolder } from '../../../src/analyse/model-folder.ts'
import { type CommandEnd, commandInProcess } from '../../commands/command-in-process.ts'
import { writeReducedModel } from './reduced-model.ts'

export interface Finding {
  readonly probabilities: Readonly<Record<'pneumonia' | 'normal' | 'bacterial' | 'viral', number>>
  readonly stderr: string
}

/** A reduced model and a radiograph in a separate folder, with the CPU's finding. */
export interface ProviderBench {
  readonly folder: string
  readonly cpu: Finding
  /** Runs `analyze`; in a process of its own if it needs this environment. */
  analyze(provider: string, environment?: NodeJS.ProcessEnv): Promise<Finding>
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
      cpu: await analyze(folder, 'cpu'),
      analyze: (provider, environment) => analyze(folder, provider, environment),
    }
  })
  after(() => rm(folder, { recursive: true }))
  return () => bench!
}

async function analyze(folder: string, provider: string, environment?: NodeJS.ProcessEnv): Promise<Finding> {
  const options = ['--out', join(folder, 'out', provider), '--model', folder, '--provider', provider, '--json']
  const args = ['analyze', join(folder, 'child.dcm'), ...options]
  const { code, stdout, stderr } =
    environment === undefined ? await commandInProcess(...args) : await inOwnProcess(args, environment)
  if (code !== 0) throw new Error(stderr)
  return { probabilities: JSON.parse(stdout) as Finding['probabilities'], stderr }
}

function inOwnProcess(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<CommandEnd> {
  const env = { ...process.env, ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli.ts', ...args], { encoding: 'utf8', env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

export function expectSameNumbers({ probabilities }: Finding, expected: Finding): void {
  for (const name of ['pneumonia', 'normal', 'bacterial', 'viral'] as const) {
    expect(probabilities[name], name).to.be.closeTo(expected.probabilities[name], 1e-3)
  }
}
