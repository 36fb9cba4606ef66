import { type Html, html } from './html.ts'

/** Shown instead of any page without a sign-in. Self-contained, because assets also require a sign-in. */
export function signInPage(): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="dark light" />
        <title>Sign in – Lung Triage</title>
      </head>
      <body>
        <main>
          <h1>Lung Triage</h1>
          <p>Open the sign-in link that the service printed when it started. Each link works once.</p>
          <p>Or sign in with the service token:</p>
          <form method="post" action="/login">
            <p>
              <label for="token">Token</label><br />
              <input id="token" name="token" type="password" autocomplete="current-password" required />
            </p>
            <p><button type="submit">Sign in</button></p>
          </form>
          <p><small>Not for diagnostic use.</small></p>
        </main>
      </body>
    </html>`
}
