// Runs the suite http-cache-tests with another program as the cache: it serves the suite's origin,
// hands that program the requests, and prints a line for each case. Arguments: the suite's folder,
// and the cases to run; without one, all.

import http from 'node:http'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, ...wanted] = process.argv.slice(2)
const load = async (file) => import(pathToFileURL(path.join(folder, file)))
const { default: suites } = await load('tests/index.mjs')
const { runTests, getResults } = await load('client/runner.mjs')
const origin = {}
for (const name of ['config', 'test', 'state']) {
  origin[name] = (await load(`server/handle-${name}.mjs`)).default
}
// stdout is for the results.
console.log = (...words) => console.error(...words)

// The jobs that no taker has, and the takers that wait for one.
const jobs = []
const takers = []
// What waits for the result of each job in hand.
const results = new Map()
let numbers = 0
let isOver = false

function handOut () {
  while (takers.length && (jobs.length || isOver)) {
    const taker = takers.shift()
    taker.statusCode = jobs.length ? 200 : 410
    taker.end(jobs.shift())
  }
}

async function bodyOf (request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function bridge ([what, number], request, response) {
  if (what === 'done') {
    const text = await bodyOf(request)
    results.get(number)?.(text)
    results.delete(number)
    response.end()
    return
  }
  takers.push(response)
  // No taker may wait so long that something on the way gives up.
  setTimeout(() => {
    const at = takers.indexOf(response)
    if (at < 0) return
    takers.splice(at, 1)
    response.statusCode = 204
    response.end()
  }, 5000)
  handOut()
}

const server = http.createServer((request, response) => {
  // What keeps URLs apart in a browser's own cache is not the suite's business.
  request.url = request.url.replace(/[?&]job=\d+$/, '')
  const [what, ...segments] = new URL(request.url, 'http://origin').pathname.slice(1).split('/')
  if (what === 'bridge') {
    response.setHeader('Cache-Control', 'no-store')
    bridge(segments, request, response)
  } else if (what in origin) {
    origin[what](segments, request, response)
  } else {
    response.statusCode = 404
    response.end()
  }
})

// A response as the suite reads one.
function parse (text) {
  const end = text.indexOf('\n\n')
  const [status, ...lines] = text.slice(0, end).split('\n')
  const body = text.slice(end + 2)
  if (status === '0') throw Object.assign(new Error(body), { name: 'Refused' })
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(': ')
    headers.append(line.slice(0, colon), line.slice(colon + 2))
  }
  return { status: Number(status), statusText: '', headers, text: async () => body }
}

// The suite's `fetch`: the requests of a case go to the program, and its own ones to the origin.
async function throughCache (url, { method = 'GET', headers = [], body = '', cache } = {}) {
  const { pathname, search } = new URL(url)
  if (!pathname.startsWith('/test/')) {
    return fetch(url, method === 'GET' ? {} : { method, headers, body })
  }
  // The suite's precautions against a cache of its `fetch` itself.
  const isOfCase = ([name, value]) =>
    !(name === 'Pragma' && value === 'foo') && value !== 'nothing-to-see-here'
  const lines = headers.filter(isOfCase).map(([name, value]) => `${name}: ${value}\n`).join('')
  const number = String(++numbers)
  const result = new Promise((resolve) => results.set(number, resolve))
  const mode = cache === 'no-cache' ? cache : 'default'
  jobs.push(`${number}\n${mode}\n${method}\n${pathname}${search}\n${lines}\n${body}`)
  handOut()
  return parse(await result)
}

server.listen(0, '127.0.0.1', async () => {
  const address = `http://127.0.0.1:${server.address().port}`
  process.stdout.write(`address\t${address}\n`)
  for (const suite of suites) {
    suite.tests.forEach((test) => delete test.browser_only)
    suite.tests = suite.tests.filter(({ id }) => !wanted.length || wanted.includes(id))
  }
  await runTests(suites, throughCache, false, address, 400)
  isOver = true
  handOut()
  const all = getResults()
  for (const [id, result] of Object.entries(all)) {
    const [how, message] = result === true ? ['Passed', ''] : result
    process.stdout.write(`case\t${id}\t${how}\t${message.replaceAll(/\s+/g, ' ')}\n`)
  }
  server.closeIdleConnections()
  setTimeout(() => process.exit(), 500)
})
