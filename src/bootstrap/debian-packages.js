import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { BootstrapError, root, say } from './project.js'

/** Packages of the demo. */
export const demoPackages = ['orthanc', 'orthanc-dicomweb', 'orthanc-python']

/** Packages of the tests: the demo's, and the programs that results are checked against. */
export const testPackages = [
  ...demoPackages,
  'dcmtk',
  'libgdcm-tools',
  'libopenjp2-tools',
  'dicom3tools',
  'openssl',
  'redis-server',
  'nginx',
  'postgresql',
  'orthanc-postgresql',
  'prometheus',
  'chromium',
]

/** Packages of the benchmark's Python peer: Debian's PyTorch and pydicom. */
export const peerPackages = ['python3-torch', 'python3-pydicom', 'python3-onnx', 'python3-pil', 'python3-gdcm']

/**
 * Installs the missing Debian packages. Prints them, and asks first if it runs in an interactive terminal.
 * @param {readonly string[]} packages
 */
export async function ensureDebianPackages(packages) {
  const absent = absentPackages(packages)
  if (absent.length === 0) return
  say(`Debian packages are missing: ${absent.join(' ')}.`)
  const install = ['sh', join(root, 'src', 'bootstrap', 'install-debian-packages.sh'), ...absent]
  const [program, ...args] = [...(await becomingRoot(install)), ...install]
  say('Installing them with apt-get, without starting their services.')
  const { status } = spawnSync(String(program), args, { stdio: ['inherit', process.stderr.fd, process.stderr.fd] })
  if (status !== 0) {
    throw new BootstrapError(`apt-get failed (status ${String(status)}). See its messages above.`)
  }
}

/**
 * @param {readonly string[]} packages
 * @returns {string[]}
 */
export function absentPackages(packages) {
  const format = '${Package} ${db:Status-Status}\\n'
  const { error, stdout } = spawnSync('dpkg-query', ['--show', `--showformat=${format}`, ...packages], {
    encoding: 'utf8',
  })
  if (error) {
    throw new BootstrapError(
      `This is not Debian (no dpkg-query); cannot install: ${packages.join(' ')}. ` +
        'Use a machine or container with Debian 12 or 13.',
    )
  }
  const installed = new Set(stdout.split('\n'))
  return packages.filter((name) => !installed.has(`${name} installed`))
}

/**
 * The prefix that runs a command as root. At an interactive terminal, the user is asked first and can type a password
 * for sudo.
 * @param {readonly string[]} command
 * @returns {Promise<readonly string[]>}
 */
export async function becomingRoot(command) {
  const person = personAtTerminal()
  if (person && !(await agrees())) {
    throw new BootstrapError('Nothing was installed. "npx lung-triage analyze" analyses files without a server.')
  }
  if (process.getuid?.() === 0) return []
  const sudo = person ? ['sudo'] : ['sudo', '-n']
  const { status } = spawnSync('sudo', [...sudo.slice(1), 'true'], { stdio: person ? 'inherit' : 'ignore' })
  if (status === 0) return sudo
  throw new BootstrapError(
    `This user may not install packages. Have an administrator run this once, then try again:\n  sudo ${command.join(' ')}`,
  )
}

function personAtTerminal() {
  return process.stdin.isTTY && process.stderr.isTTY && !process.env['CI']
}

async function agrees() {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^\s*(y(es)?)?\s*$/i.test(await terminal.question('Install them now? [Y/n] '))
  } finally {
    terminal.close()
  }
}

/** The release of this Debian, for example 13; NaN for another system or Debian's testing. */
export function debianRelease() {
  return Number(/^VERSION_ID="?(\d+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1])
}
