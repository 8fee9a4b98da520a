/** Ports that are not in use. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Outside the range that Linux assigns by itself, so that a free port stays free. */
const LINK_PORTS = { first: 20000, count: 12000 }
const BROADCAST = '127.255.255.255'

function isUdpPortFree(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind({ port, address: BROADCAST, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}

/** Until this process ends: no other test takes it before a device has bound it. */
function reserve(port) {
  return new Promise((resolve) => {
    const holder = createServer()
    holder.once('error', () => resolve(false))
    holder.listen(`\0voltbeacon-link-${port}`, () => resolve(Boolean(holder.unref())))
  })
}

/** A port for a separate link: transmitters send to it, receivers to the next one. */
export async function freeLinkPort() {
  for (let tries = 0; tries < 100; tries++) {
    const port = LINK_PORTS.first + 2 * Math.floor((Math.random() * LINK_PORTS.count) / 2)
    if ((await reserve(port)) && (await isUdpPortFree(port)) && (await isUdpPortFree(port + 1))) return port
  }
  throw new Error('no free UDP port in 100 tries')
}

export function freeTcpPort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
