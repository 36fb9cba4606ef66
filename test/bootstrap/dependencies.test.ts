import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('an installation without development packages', () => {
  it('contains every package that src imports', () => {
    const packageJson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Record<string, object>
    // Imports of optional packages may fail.
    const groups = ['dependencies', 'optionalDependencies', 'peerDependencies']
    const dependencies = new Set(groups.flatMap((group) => Object.keys(packageJson[group] ?? {})))
    const files = execFileSync('git', ['ls-files', 'src'], { cwd: root, encoding: 'utf8' }).split('\n')
    const imported = new Set(
      files.filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts')).flatMap(importedPackages),
    )
    expect([...imported]).to.include.members(['dcmjs', '@cornerstonejs/codec-openjph'])
    expect([...imported].filter((name) => !dependencies.has(name))).to.deep.equal([])
  })
})

function importedPackages(file: string): string[] {
  const source = readFileSync(`${root}/${file}`, 'utf8')
  return [...source.matchAll(/(?:\bfrom |\bimport\(|\bimport |\bresolve\()'((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^']*)?'/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !name.startsWith('.'))
}
