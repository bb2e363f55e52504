// Loaded by --import into each process of the sandbox: a process ends in order when the sandbox gives it up or is gone,
// however it went. The channel to the sandbox closes in both cases, on every platform.
import process from 'node:process'

process.once('disconnect', () => {
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM', 'SIGTERM')
  else process.exit()
})
// A process that has nothing else to do may end.
process.channel?.unref()
