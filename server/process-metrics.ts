import type { MetricFamily } from './metrics-text.ts'

/** The usual metrics of a Node process. */
export function processMetrics(): readonly MetricFamily[] {
  const startSeconds = Date.now() / 1000 - process.uptime()
  const memory = (name: string, help: string, member: keyof NodeJS.MemoryUsage) =>
    gauge(name, help, () => process.memoryUsage()[member])
  return [
    gauge(
      'process_start_time_seconds',
      'Start of the process, Unix time in seconds',
      () => startSeconds,
    ),
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, user and system, in seconds',
      type: 'counter',
      samples() {
        const { user, system } = process.cpuUsage()
        return [{ value: (user + system) / 1e6 }]
      },
    },
    memory('process_resident_memory_bytes', 'Resident memory in bytes', 'rss'),
    memory('nodejs_heap_size_total_bytes', 'Size of the heap in bytes', 'heapTotal'),
    memory('nodejs_heap_size_used_bytes', 'Used part of the heap in bytes', 'heapUsed'),
    memory('nodejs_external_memory_bytes', 'Memory outside the heap in bytes', 'external'),
    {
      name: 'nodejs_version_info',
      help: 'Version of Node, as a label',
      type: 'gauge',
      samples: () => [{ labels: { version: process.version }, value: 1 }],
    },
  ]
}

function gauge(name: string, help: string, read: () => number): MetricFamily {
  return { name, help, type: 'gauge', samples: () => [{ value: read() }] }
}
