import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { benchmarkImage } from '../../src/benchmark/image.ts'
import { loadModelFolder, modelDir } from '../../src/analyse/model-folder.ts'
import { dciodvfy } from '../report/dciodvfy.ts'
import { type CommandEnd, commandInProcess } from './command-in-process.ts'

function lungTriage(...args: string[]): Promise<CommandEnd> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli.ts', ...args], { encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

const jsonLines = ({ stdout }: CommandEnd): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Undefined without dicom3tools, which then fails the test; the bootstrap installs it. */
async function errorsOf(file: string): Promise<string[] | undefined> {
  return (await dciodvfy(await readFile(file)))?.filter((line) => line.startsWith('Error'))
}

describe('the command line', function () {
  this.timeout(120_000)
  let folder: string
  let radiograph: string
  let first: CommandEnd
  /** A file that is too large, the radiograph again, a PNG and a text, in one run. */
  let several: CommandEnd

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-cli-'))
    radiograph = join(folder, 'child.dcm')
    const { atlas } = await loadModelFolder(modelDir('pneumonia/1.0.1'))
    await writeFile(radiograph, await benchmarkImage(atlas, 900))
    first = await lungTriage('analyze', radiograph, '--out', join(folder, 'out'), '--json')
    const files = [await writeLargeFile(), radiograph, await writePng(), 'README.md']
    several = await commandInProcess('analyze', ...files, '--out', join(folder, 'several'), '--json')
  })

  after(() => rm(folder, { recursive: true }))

  it('exits 2 on bad usage and 0 on --help', async () => {
    expect((await lungTriage()).code).to.equal(2)
    expect((await commandInProcess('analyse')).code).to.equal(2)
    expect((await commandInProcess('serve')).code).to.equal(2)
    expect((await commandInProcess('analyze', 'x.dcm')).code).to.equal(2)
    expect((await commandInProcess('benchmark', '--repeats', 'many')).code).to.equal(2)
    const help = await lungTriage('--help')
    expect(help.code).to.equal(0)
    expect(help.stdout).to.include('Not for diagnostic use')
  })

  it('prints its version for --version; train model has its own --version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await lungTriage('--version')).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' })
    const train = await commandInProcess('train', 'model', '--data', folder, '--out', folder, '--version', '1')
    expect([train.code, train.stderr.includes('must be a version like 1.0.0')]).to.deep.equal([2, true])
  })

  it('accepts the options of evaluate before or after the name of a subcommand', async () => {
    const missing = "required option '--out <dir>' not specified"
    for (const args of [
      ['evaluate', 'lungs', '--data', folder],
      ['evaluate', '--data', folder, 'lungs'],
    ]) {
      const run = await commandInProcess(...args)
      expect([run.code, run.stderr.includes(missing)]).to.deep.equal([2, true])
    }
  })

  it('analyzes a DICOM file: prints one JSON line and writes valid results to a folder', async () => {
    expect(first.code, first.stderr).to.equal(0)
    const [line, ...others] = jsonLines(first)
    expect(others).to.have.length(0)
    expect(line).to.include({
      file: radiograph,
      out: join(folder, 'out', 'child'),
      status: 'analysed',
      model: 'pneumonia/1.0.1',
    })
    const { pneumonia, normal, bacterial, viral } = line as Record<string, number>
    expect(pneumonia! + normal!).to.be.closeTo(1, 1e-9)
    expect(bacterial! + viral!).to.be.closeTo(pneumonia!, 1e-9)
    expect(line!['decision']).to.be.oneOf(['present', 'absent', 'undetermined'])
    const box = line!['lungBox'] as { x: number; y: number; width: number; height: number }
    expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 900 && box.y + box.height <= 900).to.equal(true)
    expect(line!['ms']).to.include.all.keys('decode', 'display', 'lungs', 'preprocess', 'network', 'report')

    const out = join(folder, 'out', 'child')
    expect(await errorsOf(join(out, 'sr.dcm'))).to.deep.equal([])
    expect(await errorsOf(join(out, 'sc.dcm'))).to.deep.equal([])
    expect(execFileSync('dsrdump', [join(out, 'sr.dcm')], { encoding: 'utf8' })).to.include('Pneumonia')
    expect(JSON.parse(await readFile(join(out, 'fhir.json'), 'utf8'))).to.include({ resourceType: 'Bundle' })
    const { width, height } = await sharp(join(out, 'overlay.png')).metadata()
    const { dataset } = parseDicomFile(new Uint8Array(await readFile(join(out, 'sc.dcm'))))
    expect([height, width]).to.deep.equal([dataset['00280010']?.Value?.[0], dataset['00280011']?.Value?.[0]])
    expect(width).to.be.above(height)
    expect(existsSync(join(out, 'source.dcm'))).to.equal(false)
  })

  it('gives the same result when repeated', () => {
    const answer = (line: Record<string, unknown> | undefined) => [line?.['pneumonia'], line?.['lungBox']]
    expect(answer(jsonLines(several)[1])).to.deep.equal(answer(jsonLines(first)[0]))
  })

  it('reports a file that is not a radiograph without a stack trace, and exits 1', () => {
    expect(several.code).to.equal(1)
    const line = jsonLines(several)[3]
    expect(line).to.include({ file: 'README.md', status: 'failed' })
    expect(line?.['reason']).to.match(/not a DICOM file/)
    expect(line).to.not.have.property('pneumonia')
    expect(several.stdout + several.stderr).to.not.match(/\n\s+at /)
  })

  async function writeLargeFile(): Promise<string> {
    const large = join(folder, 'large.dcm')
    await writeFile(large, '')
    await truncate(large, 600 * 2 ** 20)
    return large
  }

  it('rejects a file over the size limit, and continues with the next', () => {
    expect(several.code).to.equal(1)
    const lines = jsonLines(several)
    expect(lines[0]).to.include({ status: 'failed', code: 'ANALYZE_FILE_TOO_LARGE' })
    expect(lines[1]).to.include({ status: 'analysed' })
  })

  async function writePng(): Promise<string> {
    const png = join(folder, 'picture.png')
    const noise = Uint8Array.from({ length: 300 * 200 }, (_, i) => (i * 7919) % 256)
    await sharp(noise, { raw: { width: 300, height: 200, channels: 1 } })
      .png()
      .toFile(png)
    return png
  }

  it('wraps a PNG in a DICOM file, reports that the age is not known, and keeps the file', async () => {
    const line = jsonLines(several)[2]
    const flags = (line?.['flags'] as { code: string }[]).map((flag) => flag.code)
    expect(flags).to.include.members(['AGE_UNKNOWN', 'LUNGS_NOT_FOUND'])
    expect(await errorsOf(join(folder, 'several', 'picture', 'source.dcm'))).to.deep.equal([])
  })

  it('check-config lists every problem, including addresses that do not answer', async () => {
    const file = join(folder, 'orthanc.json')
    const nowhere = 'http://127.0.0.1:1'
    const section = {
      Orthanc: { Url: nowhere },
      DicomWeb: { Url: `${nowhere}/dicom-web` },
      Model: 'pneumonia/9.9.9',
      Results: { SendTo: ['PACS'] },
    }
    await writeFile(file, JSON.stringify({ LungTriage: section }))
    const run = await lungTriage('check-config', file, '--json')
    expect(run.code).to.equal(1)
    expect(jsonLines(run).map((problem) => problem['path'])).to.have.members([
      'LungTriage.Orthanc.Url',
      'LungTriage.DicomWeb.Url',
      'LungTriage.Model',
      'LungTriage.Results.SendTo.0',
    ])
  })
})
