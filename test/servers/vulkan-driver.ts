import { join } from 'node:path'

/** Chromium includes a Vulkan loader and SwiftShader, a software Vulkan driver on which WebGPU runs without a GPU. */
const chromium = '/usr/lib/chromium'
export const softwareDriver = join(chromium, 'vk_swiftshader_icd.json')
export const withSoftwareDriver = { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: softwareDriver }
