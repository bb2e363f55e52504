/** Takes keys and signatures out of what people will read and store. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
  return (text) => {
    const plain = spellings.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    return plain.replace(/(?<![A-Za-z])(sig(?:=|%3[dD]))[^&\s"',;]+/g, '$1***')
  }
}
