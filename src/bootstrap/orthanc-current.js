import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { becomingRoot, ensureDebianPackages } from './debian-packages.js'
import { BootstrapError, root, say } from './project.js'

/** The package that installs a different Debian release into a folder. */
const installerPackages = ['debootstrap']

/**
 * Puts Debian 13's Orthanc, the version that hospitals install today, first on the PATH of this process. If it is
 * missing, installs it with its DICOMweb and Python plugins into the user's cache folder.
 */
export async function currentOrthancFirst() {
  process.env['PATH'] = `${await ensureOrthancCurrent()}${delimiter}${process.env['PATH'] ?? ''}`
}

/** @returns {Promise<string>} the folder of its executable */
async function ensureOrthancCurrent() {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lung-triage', 'orthanc-current')
  const programs = join(folder, 'bin')
  const script = join(root, 'src', 'bootstrap', 'install-debian-13.sh')
  if (isInstalledBy(script, folder)) return programs
  await ensureDebianPackages(installerPackages)
  say(`Installing Debian 13's Orthanc into ${folder} (600 MB), which takes about a minute.`)
  const install = ['sh', script, folder]
  const [program, ...args] = [...(await becomingRoot(install)), ...install]
  const { status } = spawnSync(String(program), args, { stdio: ['inherit', process.stderr.fd, process.stderr.fd] })
  if (status !== 0) {
    throw new BootstrapError(`Debian 13 could not be installed (status ${String(status)}). See its messages above.`)
  }
  return programs
}

/**
 * Whether this version of the script installed the folder. It writes its own SHA-256 last.
 * @param {string} script
 * @param {string} folder
 */
function isInstalledBy(script, folder) {
  const mark = join(folder, 'installed-by')
  if (!existsSync(mark)) return false
  return readFileSync(mark, 'utf8').startsWith(createHash('sha256').update(readFileSync(script)).digest('hex'))
}
