import { join } from 'node:path'

/** Chromium brings a Vulkan loader and SwiftShader, a Vulkan driver in software, on which WebGPU computes without any graphics processor. */
const chromium = '/usr/lib/chromium'
export const softwareDriver = join(chromium, 'vk_swiftshader_icd.json')
export const withSoftwareDriver = { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: softwareDriver }
