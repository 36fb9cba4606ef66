import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { inTempDir } from './service/fixtures.ts'

/** Three files of two suites, whose tests print their names. */
const files = ['a', 'b', 'c']
const declared = files.flatMap((file) =>
  ['x', 'y'].flatMap((suite) => [1, 2, 3, 4].map((n) => `${file}-${suite}-${n}`)),
)

function contentOf(file: string): string {
  const tests = declared.filter((name) => name.startsWith(file))
  const its = (suite: string) =>
    tests.filter((name) => name.includes(suite)).map((name) => `it('', () => process.stdout.write('ran ${name}\\n'))`)
  return `describe('', () => { ${its('x').join(';')}; describe('', () => { ${its('y').join(';')} }) })`
}

/** Runs the three files and returns the seed and the order in which the tests ran. */
function run(dir: string, ...args: readonly string[]): { readonly seed: string; readonly order: readonly string[] } {
  const paths = files.map((file) => join(dir, `${file}.test.ts`))
  const { stdout, stderr } = spawnSync(process.execPath, ['test/run-shuffled.js', ...args, ...paths], {
    encoding: 'utf8',
  })
  expect(stdout, stderr).to.include(`${declared.length} passing`)
  return {
    seed: /--seed (\d+)/.exec(stdout)![1]!,
    order: [...stdout.matchAll(/ran (\S+)/g)].map(([, name]) => name!),
  }
}

describe('npm run test:shuffled', function () {
  this.timeout(60_000)

  it('shuffles files, suites and tests, and repeats the order of the seed that it printed', () =>
    inTempDir((dir) => {
      for (const file of files) writeFileSync(join(dir, `${file}.test.ts`), contentOf(file))
      const drawn = run(dir)
      expect([...drawn.order].sort()).to.deep.equal(declared)
      expect(run(dir, '--seed', drawn.seed)).to.deep.equal(drawn)

      // Other than a drawn seed, these two never give the declared order by chance.
      const [one, two] = [run(dir, '--seed', '1').order, run(dir, '--seed', '2').order]
      expect(two).to.not.deep.equal(one)
      expect(filesIn(one), 'files').to.not.deep.equal(filesIn(two))
      for (const suite of ['a-x', 'a-y']) {
        const inSuite = one.filter((name) => name.startsWith(suite))
        expect(inSuite, 'tests of a suite').to.not.deep.equal([...inSuite].sort())
      }
    }))
})

const filesIn = (order: readonly string[]) => [...new Set(order.map((name) => name[0]))]
