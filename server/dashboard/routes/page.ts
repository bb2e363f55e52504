import { assetRoutes } from '../../../console/asset-routes.ts'
import type { Asset } from '../../../console/assets.ts'
import type { AdminApp } from '../typebox-provider.ts'

const FALLBACK = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>relay-emulator</title></head>
<body>
<main>
<h1>relay-emulator</h1>
<p>The dashboard was not built into this copy: <code>npm run build</code> does it. The API behind it is described in
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</main>
</body>
</html>
`

/** What a browser gets at the root: the dashboard, or where it was not built a word about that. */
export function pageRoutes(app: AdminApp, assets: ReadonlyMap<string, Asset>): void {
  if (assets.has('/')) return assetRoutes(app, assets)
  app.get('/', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(FALLBACK),
  )
}
