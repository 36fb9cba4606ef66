import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The graphics processors that were found on this machine. */
export interface GraphicsDevices {
  readonly nvidia: boolean
  /** Any device that a Vulkan, Metal or Direct3D driver may use. */
  readonly any: boolean
}

/**
 * Looks for devices without loading a driver, so that a machine without a device loses no time at start-up. On Linux
 * they are files: `/dev/dri/renderD128` of the Direct Rendering Manager, `/dev/nvidia0`, and `/dev/dxg` of Windows'
 * Linux subsystem.
 * @param platform of Node, for example `linux`
 * @param folder of the device files
 */
export async function graphicsDevices(platform: string = process.platform, folder = '/dev'): Promise<GraphicsDevices> {
  if (platform !== 'linux') return { nvidia: platform === 'win32', any: true }
  const [devices, rendering] = await Promise.all([namesIn(folder), namesIn(join(folder, 'dri'))])
  const nvidia = devices.some((name) => /^(nvidia\d+|dxg)$/.test(name))
  return { nvidia, any: nvidia || rendering.some((name) => name.startsWith('renderD')) }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return []
    throw error
  }
}
