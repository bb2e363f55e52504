import { Counter, Gauge, type Registry } from 'prom-client'

/**
 * The usual metrics of a Node process, read when they are asked for. prom-client's own collection is not used: it
 * leaves a garbage collection observer and a 10 ms event loop timer behind that nothing can stop.
 */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry]
  const startSeconds = Date.now() / 1000 - process.uptime()
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start of the process, Unix time in seconds',
    registers,
    collect() {
      this.set(startSeconds)
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system, in seconds',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  const memory: readonly (readonly [string, string, keyof NodeJS.MemoryUsage])[] = [
    ['process_resident_memory_bytes', 'Resident memory in bytes', 'rss'],
    ['nodejs_heap_size_total_bytes', 'Size of the heap in bytes', 'heapTotal'],
    ['nodejs_heap_size_used_bytes', 'Used part of the heap in bytes', 'heapUsed'],
    ['nodejs_external_memory_bytes', 'Memory outside the heap in bytes', 'external'],
  ]
  for (const [name, help, member] of memory) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(process.memoryUsage()[member])
      },
    })
  }
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Version of Node, as a label',
    labelNames: ['version'],
    registers,
    collect() {
      this.set({ version: process.version }, 1)
    },
  })
}
