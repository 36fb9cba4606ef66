import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { benchmarkImage } from '../../src/benchmark/image.ts'
import { loadModelFolder, modelDir } from '../../src/analyse/model-folder.ts'
import { type Stage, readStages } from './dockerfile.ts'

// `npm run docker:check`, as root on Debian 12: repeats the steps of docker/Dockerfile in a temporary folder, then runs
// the program there as the image's user. It shows that the commands work and that no development package is needed at
// run time.

const root = mkdtempSync(join(tmpdir(), 'lung-triage-image-'))
const imageUser = 10001

/** Paths of the image created inside the temporary folder. */
function inside(text: string): string {
  return text.replaceAll(/(?<![\w/])\/(app|var\/lib\/lung-triage)\b/g, (path) => join(root, path))
}

function shell(command: string, cwd: string): void {
  say(`RUN ${command}`)
  execFileSync('sh', ['-ec', inside(command)], { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}

function build({ steps }: Stage): void {
  let workDir = root
  for (const { keyword, text } of steps) {
    if (keyword === 'WORKDIR') workDir = mkdirs(inside(text))
    else if (keyword === 'COPY' && !text.startsWith('--from=')) copy(text, workDir)
    else if (keyword === 'RUN') run(text, workDir)
  }
}

/** Runs a step. Package installation is only simulated, so that this machine stays unchanged. */
function run(text: string, workDir: string): void {
  const install = /apt-get install .*?(?= && )/.exec(text)?.[0]
  if (install === undefined) shell(text, workDir)
  else shell(install.replace('apt-get install', 'apt-get install --simulate --quiet'), workDir)
}

function copy(text: string, workDir: string): void {
  const words = text.split(/\s+/)
  const target = resolve(workDir, words.at(-1) ?? '.')
  for (const source of words.slice(0, -1)) {
    const intoFolder = words.at(-1)?.endsWith('/') === true
    cpSync(source, intoFolder ? join(target, source) : target, { recursive: true })
  }
}

function mkdirs(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}

/** Runs a command as the image's user, without capabilities and with a minimal environment. */
function asImageUser(
  command: readonly string[],
  cwd: string,
): { readonly status: number | null; readonly stdout: string } {
  const demoted = [
    `--reuid=${imageUser}`,
    `--regid=${imageUser}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
  ]
  return spawnSync('setpriv', [...demoted, ...command], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: `${join(root, 'app/node_modules/.bin')}:/usr/bin:/bin`, NODE_ENV: 'production', HOME: cwd },
  })
}

function demand(holds: boolean, what: string): void {
  say(`${holds ? 'ok' : 'FAILED'}: ${what}`)
  if (!holds) process.exitCode = 1
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function check(): Promise<void> {
  for (const stage of readStages('docker/Dockerfile')) build(stage)
  chmodSync(root, 0o755)
  const scratch = mkdirs(join(root, 'tmp'))
  chmodSync(scratch, 0o777)
  const { atlas } = await loadModelFolder(modelDir('pneumonia/1.0.1'))
  const radiograph = join(scratch, 'child.dcm')
  writeFileSync(radiograph, await benchmarkImage(atlas, 900))
  const program = ['node', join(root, 'app/src/cli.ts')]
  const help = asImageUser([...program, '--help'], scratch)
  demand(help.status === 0 && help.stdout.includes('Not for diagnostic use'), 'the program starts')
  const analysed = asImageUser([...program, 'analyze', radiograph, '--out', join(scratch, 'out'), '--json'], scratch)
  demand(analysed.status === 0 && analysed.stdout.includes('"status":"analysed"'), 'a radiograph is analysed')
  demand(asImageUser(['touch', join(root, 'app/x')], scratch).status !== 0, 'the program cannot be overwritten')
  demand(
    asImageUser(['touch', join(root, 'var/lib/lung-triage/x')], scratch).status === 0,
    'the state folder is writable',
  )
}

try {
  await check()
} finally {
  rmSync(root, { recursive: true, force: true })
}
