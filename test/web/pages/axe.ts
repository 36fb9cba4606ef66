import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** axe-core's violations on the current page, by rule and element. */
export async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated through the debugger: the content security policy would block an injected script.
  await page.evaluate(axe.source)
  const found = await page.evaluate<readonly Violation[]>('axe.run().then((result) => result.violations)')
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
  )
}
