// Runs in the thread of Node's hooks: ../test-typescript.mjs.
import { fileURLToPath } from 'node:url'
import { compiled, isSource } from './compile-typescript.mjs'

/** Reads TypeScript; every import of this repository names the file, so nothing else is to do. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !isSource(new URL(url).pathname)) return nextLoad(url, context)
  const source = await compiled(fileURLToPath(url))
  return { format: 'module', source, shortCircuit: true }
}
