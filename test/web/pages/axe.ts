import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** What axe-core finds wrong with the page as it is shown, by rule and place. */
export async function violations(page: Page): Promise<readonly string[]> {
  // As an expression of the debugger, which the page's content security policy does not stop as it would a script.
  await page.evaluate(axe.source)
  const found = await page.evaluate<readonly Violation[]>('axe.run().then((result) => result.violations)')
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
  )
}
