import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { openTriage } from '../../src/analyse/open-triage.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { type FuzzResult, fuzzAnalyze, fuzzDecoding } from './fuzz.ts'
import { chestSeeds, generatedSeeds, sharedSeeds } from './seed-files.ts'

// `npm run fuzz`: mutants of generated files, and of the files in ../shared if it exists.

const options = new Command()
  .description('Runs mutants of DICOM files through decoding and display, and through all of analyze.')
  .option('--decode <count>', 'number of mutants for decoding and display', '20000')
  .option('--whole <count>', 'number of mutants for analyze', '500')
  .option('--seed <number>', 'seed of the mutations', '1')
  .option('--out <folder>', 'folder for mutants that caused an unexpected outcome')
  .parse()
  .opts<{ decode: string; whole: string; seed: string; out?: string }>()

const seed = Number(options.seed)
const progress = (text: string) => process.stderr.write(`${text}\n`)
const largestBytes = 600_000

async function report(name: string, { findings, ...result }: FuzzResult): Promise<void> {
  process.stdout.write(`${JSON.stringify({ name, ...result, findings: findings.length }, undefined, 2)}\n`)
  for (const { number, file, what, outcome, bytes } of findings) {
    process.stdout.write(`${name} ${number} (${file}): ${what}: ${outcome}\n`)
    if (options.out !== undefined) {
      await mkdir(options.out, { recursive: true })
      await writeFile(join(options.out, `${name}-${seed}-${number}.dcm`), bytes)
    }
  }
  if (findings.length > 0) process.exitCode = 1
}

const seeds = [...(await generatedSeeds()), ...sharedSeeds(largestBytes)]
await report('decode', await fuzzDecoding({ seeds, count: Number(options.decode), seed, progress }))

const nowhere = { Url: 'http://127.0.0.1:9' }
const triage = await openTriage(settingsSchema.parse({ DicomWeb: nowhere, Orthanc: nowhere }))
try {
  const chests = [...(await chestSeeds()), ...sharedSeeds(largestBytes).filter(({ name }) => name.includes('chest'))]
  await report('analyze', await fuzzAnalyze(triage, { seeds: chests, count: Number(options.whole), seed, progress }))
} finally {
  await triage.close()
}
