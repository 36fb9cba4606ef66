import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { mutate } from './mutate.ts'
import { scoresOf, scoreTable, survivorList } from './report.ts'
import { filesOf, filesSince, testsFor } from './scope.ts'

// `npm run mutate -- src/deliver`: puts in small mistakes, one at a time, and lists those that no test notices.

const command = new Command()
  .description('Mutation testing by folder with StrykerJS. Goes on where an earlier run ended.')
  .argument('[paths...]', 'folders or files under src')
  .option('--since <ref>', 'only the lines that differ from this commit')
  .option('--sample <count>', 'mutants a folder; drawn at random from a larger folder', '150')
  .option('--seed <number>', 'seed of the sample', '1')
  .option('--all', 'every mutant')
  .option(
    '--tests <globs...>',
    'test files that may notice; without it those that need no server, browser or training, and all of the same folder',
  )
  .option('--budget <seconds>', 'a mutant meets the nearest test files that last this long together', '60')
  .option('--state <folder>', 'folder for journal and reports', '.cache/mutate')
  .parse()
const options = command.opts<{
  since?: string
  sample: string
  seed: string
  all?: true
  tests?: string[]
  budget: string
  state: string
}>()

const size = options.all === true ? Number.POSITIVE_INFINITY : Number(options.sample)
const scopes =
  options.since === undefined
    ? command.args.map((path) => ({ name: path, files: filesOf(path) }))
    : [{ name: `since ${options.since}`, files: filesSince(options.since) }]
const files = scopes.flatMap((scope) => scope.files)
if (files.length === 0) command.error('Nothing to mutate: name folders or files under src, or --since REF.')

const temporaryFolder = mkdtempSync(join(tmpdir(), 'mutate-'))
process.once('exit', () => {
  rmSync(temporaryFolder, { recursive: true, force: true })
})
const { scopes: outcomes, unfit } = await mutate(scopes, {
  projectFolder: process.cwd(),
  stateFolder: resolve(options.state),
  temporaryFolder,
  testFiles: options.tests === undefined ? testsFor(files) : globSync(options.tests).toSorted(),
  sample: { size, seed: Number(options.seed) },
  budgetMs: Number(options.budget) * 1000,
})
const left = unfit.map(({ file, unfit: reason = '' }) => `${file}: ${reason}`)
const report = [
  scoreTable(outcomes.flatMap(scoresOf)),
  `Not noticed:\n${survivorList(outcomes.flatMap(({ tested }) => tested))}`,
  ...(left.length > 0 ? [`Test files that fail without a mutant and were left out:\n${left.join('\n')}`] : []),
].join('\n\n')
writeFileSync(join(options.state, 'report.md'), `${report}\n`)
process.stdout.write(`${report}\n`)
