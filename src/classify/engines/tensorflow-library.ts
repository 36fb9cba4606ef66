import { createRequire } from 'node:module'
import { inOneLine } from './reason.ts'
import type { Tf } from './tensor-operators.ts'

/** TensorFlow.js with a back end that computes here. */
interface TensorFlowLibrary {
  readonly tf: Tf
  /** `tensorflow` (native, with or without a graphics processor) or `wasm`. */
  readonly backend: string
}

const require = createRequire(import.meta.url)

/**
 * Native TensorFlow, which a site installs itself because the package downloads TensorFlow's libraries during
 * installation.
 */
const nativePackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

/**
 * Finds the fastest TensorFlow.js that is installed.
 * @param packages of native TensorFlow, tried in this order
 * @throws Error that names every package tried, if none can be loaded
 */
export async function loadTensorFlow(packages = nativePackages): Promise<TensorFlowLibrary> {
  const failures: string[] = []
  for (const load of [...packages.map((name) => () => loadNative(name)), loadWasm]) {
    try {
      return await load()
    } catch (error) {
      failures.push(inOneLine(error))
    }
  }
  throw new Error(`TensorFlow.js cannot be loaded: ${failures.join('; ')}`)
}

/** These packages export all of TensorFlow.js's core and register their back end on import. */
async function loadNative(name: string): Promise<TensorFlowLibrary> {
  require.resolve(name)
  restoreRemovedUtil()
  const { default: tf } = (await import(name)) as { default: Tf }
  await tf.ready()
  return { tf, backend: tf.getBackend() }
}

/** The packages call two functions of `node:util` that Node 23 removed. */
function restoreRemovedUtil(): void {
  const util = require('node:util') as Record<string, unknown>
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
  util['isArray'] ??= Array.isArray
}

async function loadWasm(): Promise<TensorFlowLibrary> {
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.setBackend('wasm'))) throw new Error("TensorFlow.js' WebAssembly back end did not start")
  return { tf, backend: 'wasm' }
}
