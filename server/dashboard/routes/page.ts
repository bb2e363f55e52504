import type { AdminApp } from '../typebox-provider.ts'

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>relay-emulator</title></head>
<body>
<main>
<h1>relay-emulator</h1>
<p>The dashboard is not built in this version. The API behind it is described in
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</main>
</body>
</html>
`

/** What a browser gets at the root. */
export function pageRoutes(app: AdminApp): void {
  app.get('/', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(PAGE),
  )
}
