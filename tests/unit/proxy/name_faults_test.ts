import { assert, assertEquals } from "@std/assert";
import type { Address } from "../../../src/net/address.ts";
import { settle } from "../../support/memory_network.ts";
import { type Rig, rigTest } from "../../support/proxy_rig.ts";

const NAME = "cache.example";
const NAMED: Address = { transport: "tcp", hostname: NAME, port: 6000 };
const GET = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
const REPLY = "$1\r\nv\r\n";

/** Has connections to a name go where the name leads, as the system does it. */
function resolving(rig: Rig): void {
  const { network } = rig;
  const connect = network.connect.bind(network);
  network.connect = async (address, options, signal) => {
    if (address.transport === "unix") return await connect(address, options, signal);
    const [hostname] = await network.resolve(address.hostname);
    return await connect({ ...address, hostname }, options, signal);
  };
}

rigTest(
  "faults: while a name does not resolve its connection goes on; when that is lost, requests fail until it does",
  {
    pool: {
      servers: [{ name: "named", address: NAMED, weight: 1 }],
      dnsRefreshMs: 1000,
      autoEjectHosts: false,
    },
    answer: () => REPLY,
  },
  async (rig) => {
    resolving(rig);
    rig.network.names.set(NAME, ["10.0.0.1"]);
    const client = await rig.client();
    client.send(GET);
    await settle();
    assertEquals(client.take(), REPLY);

    rig.network.names.delete(NAME);
    await rig.advance(5000);
    client.send(GET);
    await settle();
    assertEquals(client.take(), REPLY, "a name server that is down takes no connection down");
    assertEquals(rig.network.connected.length, 1);

    rig.server.connection.close();
    await settle();
    client.send(GET);
    await settle();
    const refused = client.take();
    assert(refused.startsWith("-ERR"), refused);
    await rig.advance(3000);
    client.send(GET);
    await settle();
    assert(client.take().startsWith("-ERR"));

    rig.network.names.set(NAME, ["10.0.0.1"]);
    await rig.advance(5000);
    client.send(GET);
    await settle();
    assertEquals(client.take(), REPLY, "it is back by itself");
    assertEquals(client.ended, false);
  },
);
