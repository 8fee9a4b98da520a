/** A receiver's contract, from GET /api/v1/openapi.json, and checks that its answers conform to it. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url) // of web/node_modules, found by $NODE_PATH
const { default: Ajv } = require('ajv/dist/2020')
const { default: addFormats } = require('ajv-formats')

const JSON_TYPE = 'application/json'

/** "/api/v1/transmitters/{mac}" as a pattern that matches its paths. */
const matcher = (template) =>
  new RegExp(
    `^${template
      .replace(/[.*]/g, '\\$&')
      .replace(/\{rest\}/, '.*')
      .replace(/\{\w+\}/g, '[^/]+')}$`,
  )

export class Contract {
  constructor(document) {
    this.ajv = new Ajv({ strict: false, allErrors: true })
    addFormats(this.ajv)
    this.ajv.addSchema(document, 'contract')
    this.paths = Object.entries(document.paths).map(([path, operations]) => ({
      path,
      matches: matcher(path),
      operations,
    }))
  }

  #operation(method, path) {
    const [bare] = path.split('?')
    const found = this.paths.find(({ matches }) => matches.test(decodeURIComponent(bare)))
    return found && { path: found.path, operation: found.operations[method.toLowerCase()] }
  }

  /** Fails unless value conforms to the schema at this place in the document. */
  #check(what, pointer, value) {
    const fragment = pointer
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    const validate = this.ajv.getSchema(`contract#/${fragment}`)
    assert.ok(validate, `${what}: the contract has no ${pointer.join(' ')}`)
    if (validate(value)) return
    const faults = validate.errors
      .slice(0, 5)
      .map(({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`)
    assert.fail(`${what} is not what the contract says: ${faults.join('; ')}\n${JSON.stringify(value).slice(0, 2000)}`)
  }

  answer(method, path, status, type, json) {
    if (json === undefined || type !== JSON_TYPE) return
    const what = `the answer ${status} to ${method} ${path}`
    if (status >= 400) return this.#check(what, ['components', 'schemas', 'Error'], json)
    const found = this.#operation(method === 'HEAD' ? 'GET' : method, path)
    assert.ok(found?.operation, `${what}: the contract has no such operation`)
    assert.ok(found.operation.responses[status], `${what}: the contract does not know this status`)
    this.#check(
      what,
      ['paths', found.path, method.toLowerCase(), 'responses', String(status), 'content', JSON_TYPE, 'schema'],
      json,
    )
  }

  message(path, message) {
    const found = this.#operation('GET', path)
    this.#check(`a message of ${path}`, ['paths', found.path, 'get', 'responses', '101', 'x-message'], message)
  }
}
