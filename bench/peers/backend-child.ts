import { createServer } from 'node:http'
import { serveAsChild } from './child-server.ts'
import { answerBackend } from './backend.ts'

/** The server behind every proxy, and behind the product's listener. */
serveAsChild(() => createServer(answerBackend()))
