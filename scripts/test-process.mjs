// Loaded first into each test process (.taprc), before what tap itself puts there: docs/decisions/0011.
import module from 'node:module'
import { join } from 'node:path'
import { ROOT } from './lib/run.mjs'

keepCompiledCode()
// Before any loader of modules is there: each of tap's own would pass it.
await import('tap')
followNoProcesses()
// This module was for the test, not for the programs that it starts.
delete process.env.NODE_OPTIONS

/** Node.js 22 keeps what it has compiled, the programs that the test starts included. */
function keepCompiledCode() {
  if (module.enableCompileCache === undefined) return
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules', '.cache', 'node')
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
}

/**
 * Next, tap loads what writes down all files and child processes of a test: for coverage, which is off, and for
 * `tap run --changed`. It goes into each Node.js program that the test starts, too.
 */
function followNoProcesses() {
  process.env.__TAPJS_PROCESSINFO_TESTING_NO_REGISTER__ = String(process.pid)
  for (const name of ['register', 'registerHooks']) {
    const register = module[name]
    if (register === undefined) continue
    module[name] = (...hooks) => {
      module[name] = register
      const isOfTap = new Error().stack?.includes('@tapjs') ?? false
      return isOfTap ? undefined : register(...hooks)
    }
  }
}
