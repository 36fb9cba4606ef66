import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** OHIF's npm package has the built viewer in `dist/`. `npm pack` suffices: its 200 dependencies are bundled. */
export const ohif = {
  package: '@ohif/app@3.13.2',
  integrity: 'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==',
} as const

interface ViewerPackage {
  readonly package: string
  /** Subresource integrity as in npm: algorithm, hyphen, base64. */
  readonly integrity: string
}

/** The folder of the viewer, or why it is unavailable. The demo works without it. */
type ViewerFiles =
  { readonly kind: 'ready'; readonly dir: string } | { readonly kind: 'unavailable'; readonly reason: string }

const downloadTimeoutMs = 5 * 60_000

/**
 * Downloads the built viewer once. Its folder appears complete or not at all.
 * @param progress called when a download starts
 */
export async function fetchViewer(
  cacheDir: string,
  progress: (text: string) => void,
  viewer: ViewerPackage = ohif,
): Promise<ViewerFiles> {
  // The folder name depends on the integrity, so a changed pin never finds old files.
  const key = createHash('sha256').update(`${viewer.package} ${viewer.integrity}`).digest('hex').slice(0, 12)
  const dir = join(cacheDir, `ohif-${key}`)
  if (await exists(join(dir, 'index.html'))) return { kind: 'ready', dir }
  progress(`downloading the OHIF viewer (${viewer.package}, 50 MB) with npm; first run only`)
  try {
    await mkdir(cacheDir, { recursive: true })
    const scratch = await mkdtemp(join(cacheDir, 'download-'))
    try {
      await fetchInto(scratch, dir, viewer)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
    return { kind: 'ready', dir }
  } catch (error) {
    return { kind: 'unavailable', reason: reasonOf(error) }
  }
}

async function fetchInto(scratch: string, dir: string, viewer: ViewerPackage): Promise<void> {
  const { stdout } = await run('npm', ['pack', viewer.package, '--json', '--fetch-retries=1', '--ignore-scripts'], {
    cwd: scratch,
    timeout: downloadTimeoutMs,
    // Otherwise npm leaves a compile cache in the temporary folder.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  })
  const tarball = join(scratch, tarballName(stdout))
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`
  if (found !== viewer.integrity)
    throw new Error(`integrity check failed: ${viewer.package} has ${found}, not the pinned value`)
  await run('tar', ['-xzf', tarball, '--exclude=*.map', 'package/dist'], { cwd: scratch })
  // rename fails if an interrupted run left this folder.
  await rm(dir, { recursive: true, force: true })
  await rename(join(scratch, 'package', 'dist'), dir)
}

function tarballName(npmOutput: string): string {
  const name = /"filename":\s*"([\w@.-]+\.tgz)"/.exec(npmOutput)?.[1]
  if (name === undefined) throw new Error('npm pack named no file')
  return name
}

/** npm's first error line, without the rest of its output. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const complaint = /npm error (?!code|syscall|errno|path)(.+)/.exec(error.message)?.[1]
  return complaint ?? error.message.split('\n')[0] ?? error.message
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
