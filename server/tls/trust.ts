/** What a person types so that each runtime on this machine believes the emulator's certificates, and the way back. */
import { posix, win32 } from 'node:path'

/** One runtime or store: the commands that make it trust the CA and those that undo it, for one platform's shell. */
export type TrustRecipe = {
  readonly runtime: string
  readonly note: string
  readonly trust: readonly string[]
  readonly untrust: readonly string[]
}

export type TrustSubject = {
  /** Absolute path of the CA certificate. */
  readonly caFile: string
  /** Its common name, the label in certificate stores. */
  readonly caName: string
  /** TLS port of the emulator whose CA it is. */
  readonly port: number
  readonly platform: NodeJS.Platform
}

/** The system's roots followed by the emulator's CA, for tools whose one setting replaces all roots. */
export function bundle(systemRoots: readonly string[], caPem: string): string {
  return [...systemRoots, caPem].map((pem) => `${pem.trimEnd()}\n`).join('')
}

/** The recipes for one machine, the most asked for first. */
export function trustRecipes(subject: TrustSubject): readonly TrustRecipe[] {
  const shell = subject.platform === 'win32' ? powershell(subject) : posixShell(subject)
  const { ca, bundleFile, setVariable, unsetVariable } = shell
  const variable = (runtime: string, names: readonly string[], file: string, note: string) => ({
    runtime,
    note,
    trust: names.map((name) => setVariable(name, file)),
    untrust: names.map(unsetVariable),
  })
  return [
    variable('Node.js', ['NODE_EXTRA_CA_CERTS'], ca, 'read once, when a program starts'),
    {
      runtime: 'The bundle (system roots and this CA)',
      note: 'for the variables below, which replace the roots instead of adding one',
      trust: [shell.writeBundle],
      untrust: [shell.remove(bundleFile)],
    },
    variable('OpenSSL, curl, Go, Ruby, .NET on Linux', ['SSL_CERT_FILE'], bundleFile, ''),
    {
      runtime: 'curl, one request',
      note: '',
      trust: [`curl --cacert ${ca} https://localhost:${subject.port}/`],
      untrust: [],
    },
    variable('Python (requests)', ['REQUESTS_CA_BUNDLE'], bundleFile, ''),
    javaRecipe(shell),
    ...systemStore(subject, shell),
    ...browserStores(subject, shell),
  ]
}

/** The recipes as text to print and copy from; `how` picks the direction. */
export function formatRecipes(recipes: readonly TrustRecipe[], how: 'trust' | 'untrust'): string {
  return recipes
    .filter((recipe) => recipe[how].length > 0)
    .map(({ runtime, note, [how]: commands }) => {
      const title = note === '' ? `# ${runtime}` : `# ${runtime}: ${note}`
      return `${[title, ...commands].join('\n')}\n`
    })
    .join('\n')
}

/** How one platform's shell says things; paths are quoted already. */
type Shell = {
  readonly ca: string
  readonly bundleFile: string
  readonly trustStore: string
  readonly writeBundle: string
  readonly setVariable: (name: string, value: string) => string
  readonly unsetVariable: (name: string) => string
  readonly remove: (file: string) => string
  readonly copyTrustStore: string
}

function posixShell({ caFile }: TrustSubject): Shell {
  const quote = (text: string) =>
    /^[\w./~+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
  const beside = (name: string) => quote(posix.join(posix.dirname(caFile), name))
  const bundleFile = beside('ca-bundle.pem')
  const trustStore = beside('truststore.jks')
  return {
    ca: quote(caFile),
    bundleFile,
    trustStore,
    writeBundle: `relay-emulator cert bundle > ${bundleFile}`,
    setVariable: (name, value) => `export ${name}=${value}`,
    unsetVariable: (name) => `unset ${name}`,
    remove: (file) => `rm -f ${file}`,
    // Asked of java itself: many installations set no JAVA_HOME.
    copyTrustStore: `install -m 600 "$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\\.home = //p')/lib/security/cacerts" ${trustStore}`,
  }
}

function powershell({ caFile }: TrustSubject): Shell {
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
  const beside = (name: string) => quote(win32.join(win32.dirname(caFile), name))
  const bundleFile = beside('ca-bundle.pem')
  const trustStore = beside('truststore.jks')
  return {
    ca: quote(caFile),
    bundleFile,
    trustStore,
    // A plain `>` of Windows PowerShell writes UTF-16, which no TLS library reads.
    writeBundle: `relay-emulator cert bundle | Out-File -Encoding ascii ${bundleFile}`,
    setVariable: (name, value) => `$env:${name} = ${value}`,
    unsetVariable: (name) => `Remove-Item Env:${name}`,
    remove: (file) => `Remove-Item ${file}`,
    copyTrustStore: `Copy-Item "$env:JAVA_HOME\\lib\\security\\cacerts" ${trustStore}`,
  }
}

function javaRecipe(shell: Shell): TrustRecipe {
  const { ca, trustStore, setVariable, unsetVariable } = shell
  const keytool = `keytool -importcert -noprompt -alias relay-emulator -file ${ca} -keystore ${trustStore} -storepass changeit`
  return {
    runtime: 'Java',
    note: 'a copy of its trust store; or pass -Djavax.net.ssl.trustStore to one program',
    trust: [
      shell.copyTrustStore,
      keytool,
      setVariable('JAVA_TOOL_OPTIONS', `-Djavax.net.ssl.trustStore=${trustStore}`),
    ],
    untrust: [shell.remove(trustStore), unsetVariable('JAVA_TOOL_OPTIONS')],
  }
}

function systemStore({ caName, platform }: TrustSubject, { ca }: Shell): readonly TrustRecipe[] {
  if (platform === 'win32') {
    return [
      {
        runtime: 'Windows (.NET, PowerShell, Edge, Chrome)',
        note: 'for this user; Windows asks',
        trust: [`certutil -user -addstore Root ${ca}`],
        untrust: [`certutil -user -delstore Root '${caName}'`],
      },
    ]
  }
  if (platform === 'darwin') {
    return [
      {
        runtime: 'macOS (.NET, Safari, Chrome)',
        note: 'for this user; macOS asks for the password',
        trust: [
          `security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db ${ca}`,
        ],
        untrust: [
          `security remove-trusted-cert ${ca}`,
          `security delete-certificate -c '${caName}'`,
        ],
      },
    ]
  }
  const debian = '/usr/local/share/ca-certificates/relay-emulator.crt'
  const fedora = '/etc/pki/ca-trust/source/anchors/relay-emulator.pem'
  return [
    {
      runtime: 'Debian, Ubuntu, Alpine',
      note: 'for every user; .NET, curl, Go and most others',
      trust: [`sudo install -m 644 ${ca} ${debian}`, 'sudo update-ca-certificates'],
      untrust: [`sudo rm -f ${debian}`, 'sudo update-ca-certificates --fresh'],
    },
    {
      runtime: 'Fedora, RHEL',
      note: 'the same',
      trust: [`sudo install -m 644 ${ca} ${fedora}`, 'sudo update-ca-trust'],
      untrust: [`sudo rm -f ${fedora}`, 'sudo update-ca-trust'],
    },
  ]
}

/** Browsers with a certificate database of their own; elsewhere they read the system's store. */
function browserStores({ caName, platform }: TrustSubject, { ca }: Shell): readonly TrustRecipe[] {
  if (platform !== 'linux') return []
  const recipe = (runtime: string, note: string, folder: string) => ({
    runtime,
    note,
    trust: [`certutil -d ${folder} -A -t C,, -n '${caName}' -i ${ca}`],
    untrust: [`certutil -d ${folder} -D -n '${caName}'`],
  })
  return [
    recipe('Chromium, Chrome', "certutil is in Debian's libnss3-tools", 'sql:$HOME/.pki/nssdb'),
    recipe('Firefox', 'PROFILE is the folder that about:profiles names', 'sql:PROFILE'),
  ]
}
