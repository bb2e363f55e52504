// Posts to an HTTP listener with fetch and prints the status and the body of its answer. argv: URL, token, body.
const [url, token, body] = process.argv.slice(2)
const answer = await fetch(url, {
  method: 'POST',
  headers: { ServiceBusAuthorization: token },
  body,
})
console.log(answer.status, await answer.text())
