// Healthy while every hybrid connection of the agent is connected, and there is one.
import { execFileSync } from 'node:child_process'
import process from 'node:process'

const connections = JSON.parse(execFileSync('hcm', ['list'], { encoding: 'utf8' }))
const isFine = connections.length > 0 && connections.every(({ Status }) => Status === 'Connected')
process.exitCode = isFine ? 0 : 1
