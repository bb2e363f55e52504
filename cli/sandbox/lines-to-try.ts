import { commandLine } from './command-words.ts'
import type { ForwardRow, SandboxFacts, SandboxReady } from './facts.ts'

/** A command line that works when it is pasted into another shell, and what it shows. */
export type LineToTry = { readonly text: string; readonly command: string }

/** What the lines are made of. */
export type TryFacts = Pick<
  SandboxFacts,
  'words' | 'isDefaultAdmin' | 'canRunCurl' | 'platform' | 'again'
> & { readonly ready: Pick<SandboxReady, 'caFile' | 'admin' | 'agents' | 'app'> }

/** The story in command lines, in the order to try them. */
export function linesToTry(facts: TryFacts): readonly LineToTry[] {
  const { ready, words, platform, again } = facts
  const emulator = (...args: string[]) => commandLine(words['relay-emulator'], args)
  const hcm = (...args: string[]) => commandLine(words.hcm, args)
  const admin = adminFlag(facts)
  const [web, echo] = ready.app
  const [agent] = ready.agents
  if (!web || !echo || !agent) return []
  const page = { command: `curl http://${web.host}:${web.port}/` }
  const kill = platform === 'win32' ? `taskkill /F /PID ${agent.pid}` : `kill -9 ${agent.pid}`
  return [
    { text: 'the on-premises page, through the relay and an agent', ...page },
    {
      text: 'the same by the name that an app has in its configuration',
      command: runLine(facts, web),
    },
    {
      text: 'the TCP echo',
      command: `${words.node} -e "require('node:net').connect(${echo.port},'${echo.host}').end('hello\\n').pipe(process.stdout)"`,
    },
    { text: 'what is connected', command: emulator('status', ...admin) },
    { text: 'what happened', command: emulator('tail', '--no-follow', ...admin) },
    {
      text: 'every hop between an app and the page',
      command: emulator('explain', `${web.namespace}/${web.hybridConnection}`, ...admin),
    },
    {
      text: `what ${agent.name} serves`,
      command: hcm('list', '-o', 'table', '--state-dir', agent.stateDir),
    },
    { text: `kill ${agent.name}: tunnels through it end ...`, command: kill },
    { text: '... and every new one goes through the other agent', ...page },
    {
      text: `bring ${agent.name} back, until Ctrl-C`,
      command: again.get(agent.name) ?? hcm('run', '--state-dir', agent.stateDir),
    },
  ]
}

/** What leads a tool here when the admin port is not where tools look by themselves. */
function adminFlag({ isDefaultAdmin, ready }: TryFacts): readonly string[] {
  return isDefaultAdmin ? [] : ['--admin', ready.admin.url]
}

function runLine(facts: TryFacts, web: ForwardRow): string {
  const { ready, words, canRunCurl } = facts
  const url = `http://${web.endpoint}/`
  const ca = ready.caFile === null ? [] : ['--ca', ready.caFile]
  const run = ['app', 'run', '--connect-file', web.connectFile, ...ca, '--']
  const start = commandLine(words['relay-emulator'], run)
  if (canRunCurl) return `${start} curl -s ${url}`
  return `${start} ${words.node} -e "fetch('${url}').then(async(page)=>console.log(await page.text()))"`
}
