import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// A development tool (`npm run kernel`) for changes of the kernels, not part of the product.

// Runs as a program, because its types would redeclare those of TypeScript.
const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')

/** Folders with compiled inner loops. */
export const kernelOwners = ['lungs', 'pixels'] as const
export type KernelOwner = (typeof kernelOwners)[number]

const kernelOf = (owner: KernelOwner): URL => new URL(`../src/${owner}/kernel/`, import.meta.url)

/**
 * Compiles the AssemblyScript of a folder's `kernel/assembly/` to WebAssembly. The same sources give the same bytes.
 * @throws Error with the compiler's messages
 */
export async function compileKernel(owner: KernelOwner): Promise<Uint8Array> {
  const out = await mkdtemp(join(tmpdir(), 'lung-triage-kernel-'))
  try {
    const file = join(out, 'kernel.wasm')
    const options = [
      '--enable-source-maps',
      compiler,
      'index.ts',
      '--outFile',
      file,
      '-Ospeed',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
    ]
    // With the first option, which is Node's, the compiler does not start itself a second time to set it.
    const cwd = fileURLToPath(new URL('assembly', kernelOf(owner)))
    await promisify(execFile)(process.execPath, options, { cwd })
    return await readFile(file)
  } finally {
    await rm(out, { recursive: true })
  }
}

/** The text of `kernel-binary.ts`. The binary is a module, because pure folders read no files. */
export function binaryModuleText(binary: Uint8Array): string {
  return `/** Compiled from \`assembly/\` by \`npm run kernel\`; base64. */
export const kernelBinary =
  '${Buffer.from(binary).toString('base64')}'
`
}

if (import.meta.main) {
  for (const owner of kernelOwners)
    await writeFile(new URL('kernel-binary.ts', kernelOf(owner)), binaryModuleText(await compileKernel(owner)))
}
