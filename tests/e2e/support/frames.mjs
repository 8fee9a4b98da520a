/** The link's frames, as specified in docs/protocol.md, for tests that send what no device would. */
import { createSocket } from 'node:dgram'
import { fileURLToPath } from 'node:url'
import { Child } from './program.mjs'
import { PATIENCE_MS, within } from './wait.mjs'

const FRAME_TIMES = fileURLToPath(new URL('frame_times.py', import.meta.url))

export const MESSAGE = {
  BEACON: 1,
  BEACON_ACK: 2,
  SECTION_REQUEST: 3,
  SECTION_DATA: 4,
  EDIT: 5,
  EDIT_RESULT: 6,
  READING: 7,
  HELLO: 8,
  HELLO_ACK: 9,
  GOODBYE: 10,
  READING_ACK: 11,
}
export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff'

const MAGIC = 0xc1
const HEAD_SIZE = 8
const TRAILER_SIZE = 4
const MAC_SIZE = 6

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

export const macBytes = (mac) => Buffer.from(mac.replaceAll(':', ''), 'hex')
export const macText = (bytes) => bytes.toString('hex').match(/../g).join(':')

export function u32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

export function u16(value) {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value & 0xffff)
  return bytes
}

export function varint(value) {
  const bytes = []
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return Buffer.from([...bytes, value])
}

/** A whole datagram with a correct trailer. */
export function datagram({
  src,
  dst = BROADCAST_MAC,
  message,
  epoch = 1,
  seq = 1,
  payload = Buffer.alloc(0),
  magic = MAGIC,
}) {
  const macs = Buffer.concat([macBytes(src), macBytes(dst)])
  const frame = Buffer.concat([Buffer.from([magic, message]), u16(epoch), u32(seq), payload])
  return Buffer.concat([macs, frame, u32(crc32(Buffer.concat([macs, frame])))])
}

export function parseDatagram(bytes) {
  const frame = bytes.subarray(2 * MAC_SIZE)
  return {
    src: macText(bytes.subarray(0, MAC_SIZE)),
    dst: macText(bytes.subarray(MAC_SIZE, 2 * MAC_SIZE)),
    message: frame[1] & 0x1f,
    epoch: frame.readUInt16LE(2),
    seq: frame.readUInt32LE(4),
    payload: frame.subarray(HEAD_SIZE, frame.length - TRAILER_SIZE),
    bytes,
  }
}

/** The boot that a BEACON names. */
export const bootOf = ({ payload }) => payload.readUInt32LE(0)

/** An EDIT in one fragment for that boot of the transmitter, based on the content of an ETag; changes are section
 *  content. */
export function editPayload({ id, etag, boot, section, changes }) {
  const [, store, version, hash] = /^"([0-9a-f]{8})-(\d+)-([0-9a-f]{8})"$/.exec(etag)
  const idBytes = Buffer.alloc(8)
  idBytes.writeBigUInt64LE(id)
  return Buffer.concat([
    idBytes,
    u32(parseInt(store, 16)),
    u32(boot),
    Buffer.from([section]),
    varint(Number(version)),
    u32(parseInt(hash, 16)),
    varint(changes.length),
    Buffer.from([0]),
    changes,
  ])
}

/** One field of section content. */
export const field = (tag, value) => Buffer.concat([Buffer.from([tag]), varint(value.length), value])

/** What is broadcast to receivers from now on, each frame with the second at which it was sent, by the kernel's clock. */
export async function frameTimes(home) {
  const child = new Child('frame times', 'python3', [FRAME_TIMES, String(home.linkPort)])
  home.onClose(() => child.kill())
  await child.says(/^listening/, { stream: 'stdout' })
  return () =>
    [...child.stdout.matchAll(/^([\d.]+) ([0-9a-f]+)\n/gm)].map(([, sentS, hex]) => ({
      ...parseDatagram(Buffer.from(hex, 'hex')),
      sentS: Number(sentS),
    }))
}

/** Somebody on the link who is not a device: hears broadcasts, sends anything. */
export class Stranger {
  /** hears: 'transmitters' or 'receivers', whose broadcasts it listens to. */
  static async open(home, hears = 'transmitters') {
    const stranger = new Stranger(home.linkPort)
    const bind = (socket, port, address) =>
      new Promise((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ port, address }, resolve)
      })
    const ears = createSocket({ type: 'udp4', reuseAddr: true })
    await bind(ears, home.linkPort + (hears === 'receivers' ? 1 : 0), '127.255.255.255')
    await bind(stranger.socket, 0, '127.0.0.1')
    stranger.socket.setBroadcast(true)
    for (const socket of [ears, stranger.socket]) socket.on('message', (bytes, from) => stranger.#hear(bytes, from))
    home.onClose(() => {
      ears.close()
      stranger.socket.close()
    })
    return stranger
  }

  constructor(linkPort) {
    this.linkPort = linkPort
    this.socket = createSocket('udp4')
    this.heard = []
    this.watchers = new Set()
  }

  #hear(bytes, from) {
    const isOwn = from.port === this.socket.address().port
    if (isOwn || bytes.length < 2 * MAC_SIZE + HEAD_SIZE + TRAILER_SIZE) return
    this.heard.push({ ...parseDatagram(bytes), arrivedMs: performance.now() })
    for (const watcher of [...this.watchers]) watcher()
  }

  get mark() {
    return this.heard.length
  }

  /** The first frame, from number `from` on, that test() accepts. */
  wait(what, test, { from = 0, timeoutMs = PATIENCE_MS } = {}) {
    let watcher
    const found = new Promise((resolve) => {
      watcher = () => {
        const frame = this.heard.slice(from).find(test)
        if (frame) resolve(frame)
      }
      this.watchers.add(watcher)
      watcher()
    })
    return within(`a frame: ${what}`, timeoutMs, found).finally(() => this.watchers.delete(watcher))
  }

  #send(bytes, port) {
    return new Promise((resolve, reject) => {
      this.socket.send(bytes, port, '127.255.255.255', (error) => (error ? reject(error) : resolve()))
    })
  }

  /** As a receiver would. */
  toTransmitters(bytes) {
    return this.#send(bytes, this.linkPort + 1)
  }

  /** As a transmitter would. */
  toReceivers(bytes) {
    return this.#send(bytes, this.linkPort)
  }
}
