import { type Browser, chromium } from 'playwright-core'

/** Starts Debian's Chromium, headless. OHIF needs WebGL, which SwiftShader renders without a GPU. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  })
}
