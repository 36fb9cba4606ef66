import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))

const packageJson = z.object({ allowScripts: z.record(z.string(), z.boolean()) })
const packageLock = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
})

const read = (file: string): unknown => JSON.parse(readFileSync(`${root}${file}`, 'utf8'))

describe('npm install', () => {
  it('prints no warning about the settings in .npmrc', () => {
    const { status, stderr } = spawnSync('npm', ['config', 'get', 'omit-lockfile-registry-resolved'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(status).to.equal(0)
    expect(stderr).to.not.include('Unknown project config')
  })

  // The install script downloads CUDA libraries from NuGet, which a closed network blocks; CPU and WebGPU need none.
  // npm 11 obeys allowScripts. npm 10 runs the scripts that the lock file marks with hasInstallScript: delete the mark
  // after each update of the package.
  it('runs no install script of onnxruntime-node', () => {
    expect(packageJson.parse(read('package.json')).allowScripts['onnxruntime-node']).to.equal(false)
    const { packages } = packageLock.parse(read('package-lock.json'))
    expect(packages['node_modules/onnxruntime-node']).to.deep.equal({})
    expect(packages['node_modules/node']).to.deep.equal({ hasInstallScript: true })
  })
})
