import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// A tool for who changes the kernel (`npm run kernel`), not a part of the product.

const folder = fileURLToPath(new URL('../../src/lungs/kernel/assembly', import.meta.url))
const binaryModule = new URL('../../src/lungs/kernel/kernel-binary.ts', import.meta.url)
// Run as a program: its types would redeclare those of the language.
const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')

/**
 * Compiles the AssemblyScript of `src/lungs/kernel/assembly/` to WebAssembly. The same sources give the same bytes.
 * @throws Error with the compiler's messages
 */
export async function compileKernel(): Promise<Uint8Array> {
  const out = await mkdtemp(join(tmpdir(), 'lung-triage-kernel-'))
  try {
    const file = join(out, 'kernel.wasm')
    const options = ['--outFile', file, '-Ospeed', '--noAssert', '--runtime', 'stub', '--enable', 'simd']
    await promisify(execFile)(process.execPath, [compiler, 'index.ts', ...options], { cwd: folder })
    return await readFile(file)
  } finally {
    await rm(out, { recursive: true })
  }
}

/** The text of `kernel-binary.ts`: the pure folders read no files, so the binary travels as a module. */
export function binaryModuleText(binary: Uint8Array): string {
  return `/** Compiled from \`assembly/\` by \`npm run kernel\`; base64. */
export const kernelBinary =
  '${Buffer.from(binary).toString('base64')}'
`
}

if (import.meta.main) await writeFile(binaryModule, binaryModuleText(await compileKernel()))
