import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { z } from 'zod'

const billOfMaterials = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.object({ component: z.object({ version: z.string() }) }),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string().startsWith('pkg:npm/'),
      properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    }),
  ),
})

const packageJson = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
})

describe('the software bill of materials (npm run sbom)', function () {
  this.timeout(120_000)

  // npm's own `--omit dev` also omits packages that both the program and development packages need.
  it('lists every installed package by version, and marks development packages', function () {
    // npm has had `npm sbom` since 9.9; Debian 13's npm is 9.2.
    const [major = 0, minor = 0] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number)
    if (major < 9 || (major === 9 && minor < 9)) this.skip()
    const printed = execFileSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    const { metadata, components } = billOfMaterials.parse(JSON.parse(printed))
    const { version, dependencies, devDependencies } = packageJson.parse(
      JSON.parse(readFileSync('package.json', 'utf8')),
    )
    expect(metadata.component.version).to.equal(version)
    const installed = components.filter(
      ({ properties }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'),
    )
    const named = installed.map((component) => `${component.name}@${component.version}`)
    expect(named).to.include.members(Object.entries(dependencies).map(([name, one]) => `${name}@${one}`))
    expect(installed.map(({ name }) => name).filter((name) => name in devDependencies)).to.deep.equal([])
  })
})
