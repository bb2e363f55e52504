/** What programs may import as `relay-emulator/agent`. */
export { AgentError, type AgentErrorCode } from './agent-error.ts'
export { type ConnectToRule, parseConnectTo } from './connect-to.ts'
export type { ConnectionRow, ConnectionStatus } from './contract.ts'
export { type Agent, type AgentOptions, createAgent } from './daemon.ts'
