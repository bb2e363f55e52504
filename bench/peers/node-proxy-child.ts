import { createServer } from 'node:http'
import { serveAsChild, type ForwarderOrder } from './child-server.ts'
import { forwardTo } from './forward.ts'

/** What one writes first to proxy HTTP: `http.request` with a keep-alive agent, piped both ways. */
serveAsChild<ForwarderOrder>(({ backendPort }) => createServer(forwardTo(backendPort)))
