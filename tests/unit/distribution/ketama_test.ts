import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import type { WeightedServer } from "../../../src/distribution/continuum.ts";
import { KetamaContinuum } from "../../../src/distribution/ketama.ts";
import { hashByName } from "../../../src/hashkit/hashkit.ts";
import { fuzzTest, type Random } from "../../support/random.ts";
import { continuumVectors } from "../fixtures/hash_vectors.ts";

const HASH_MAX = 2 ** 32 - 1;

const threeServers = [6379, 6380, 6381].map((port) => ({ name: `127.0.0.1:${port}`, weight: 1 }));

function ring(servers: readonly WeightedServer[], live = servers.map(() => true)): KetamaContinuum {
  return new KetamaContinuum(servers, live);
}

/** How many points each server has. */
function pointsByServer({ indexes }: KetamaContinuum, servers: number): number[] {
  const counts = new Array<number>(servers).fill(0);
  for (const index of indexes) counts[index]++;
  return counts;
}

function randomServers(random: Random): WeightedServer[] {
  return Array.from({ length: random.between(1, 12) }, (_, i) => {
    return { name: `${random.text(5)}-${i}`, weight: random.between(1, 20) };
  });
}

/**
 * The rule of the ring without a binary search: the first point at or after the hash, else the first of all.
 */
function positionByScan({ values }: KetamaContinuum, hash: number): number {
  return Math.max(0, values.findIndex((value) => value >= hash));
}

continuumVectors.forEach((vector, i) => {
  const lives = vector.servers.map(({ live }) => live);
  const name = `pool ${i} of the fixture, ${lives.length} servers, ${
    lives.filter((live) => !live).length
  } ejected`;

  Deno.test(`${name}: the ring is the reference's`, () => {
    const continuum = ring(vector.servers, lives);
    assertEquals(continuum.points, vector.points);
    for (const [position, value, server] of vector.ketama) {
      assertEquals([continuum.values[position], continuum.indexes[position]], [value, server], `${position}`);
    }
  });

  Deno.test(`${name}: ketama dispatches as the reference does`, () => {
    const continuum = ring(vector.servers, lives);
    for (const [hash, server] of vector.ketama_dispatch) {
      assertEquals(continuum.dispatch(hash), server, `${hash}`);
    }
  });
});

Deno.test("a group of points is the MD5 of the name and the group's number", () => {
  const { values } = ring(threeServers.slice(0, 1));
  for (const point of [2344048390, 135292586, 1821951742, 687840887]) {
    assert(values.includes(point), `${point}`);
  }
});

Deno.test("three servers of the same weight have the observed ring and keys", () => {
  const continuum = ring(threeServers);
  const { values, indexes } = continuum;
  assertEquals(continuum.points, 480);
  assertEquals([...values.subarray(0, 4)], [20075150, 23409604, 29345296, 38654231]);
  assertEquals([...indexes.subarray(0, 4)], [0, 1, 1, 0]);
  assertEquals([values[479], indexes[479]], [4289099568, 2]);
  const hash = hashByName("fnv1a_64");
  const owners = ["foo", "bar", "baz", "key1", "key2", "key3"].map((text) => {
    const key = encode(text);
    return continuum.dispatch(hash(key, 0, key.length));
  });
  assertEquals(owners, [2, 0, 0, 2, 2, 2]);
});

const weightCases: [weights: number[], points: number[]][] = [
  [[1], [160]],
  [[7], [160]],
  [[1, 1], [160, 160]],
  [[2, 3, 1], [160, 240, 80]],
  [[100000, 1], [316, 0]],
  // Whole numbers of groups that floats miss from below: doubles would give 32, 64, 96, 128 and 480.
  [[1, 2, 3, 4, 15], [28, 60, 92, 124, 480]],
];

for (const [weights, points] of weightCases) {
  Deno.test(`weights ${weights.join(":")} give ${points.join(" and ")} points`, () => {
    const servers = weights.map((weight, i) => ({ name: `server${i}`, weight }));
    assertEquals(pointsByServer(ring(servers), servers.length), points);
  });
}

Deno.test("a hash on a point belongs to it, one beyond it to the next, one beyond the last to the first", () => {
  const continuum = ring(threeServers);
  const { values, points } = continuum;
  for (let position = 0; position < points; position++) {
    assertEquals(continuum.position(values[position]), position);
    assertEquals(continuum.position(values[position] + 1), (position + 1) % points);
  }
  assertEquals(continuum.position(0), 0);
  assertEquals(continuum.position(HASH_MAX), 0);
});

Deno.test("equal points belong to the server with the lowest index", () => {
  const twins = [{ name: "same", weight: 1 }, { name: "same", weight: 1 }];
  const { values, indexes } = ring(twins);
  for (let i = 0; i < values.length; i += 2) {
    assertEquals(values[i], values[i + 1]);
    assertEquals([indexes[i], indexes[i + 1]], [0, 1]);
  }
});

Deno.test("names are UTF-8, and the text under a digest is cut at 272 bytes", () => {
  assertEquals(ring([{ name: "é", weight: 1 }]).points, 160);
  assertNotEquals(ring([{ name: "é", weight: 1 }]).values, ring([{ name: "\xc3\xa9", weight: 1 }]).values);
  const name = "x".repeat(272);
  assertEquals(new Set(ring([{ name, weight: 1 }]).values).size, 4);
  assertEquals(ring([{ name, weight: 1 }]).values, ring([{ name: `${name}y`, weight: 1 }]).values);
});

Deno.test("no live server: no points and no server for any hash", () => {
  for (const continuum of [ring([]), ring(threeServers, [false, false, false])]) {
    assertEquals(continuum.points, 0);
    assertEquals([continuum.position(5), continuum.dispatch(5)], [-1, -1]);
  }
});

fuzzTest("the ring is sorted, belongs to live servers only and is searched without error", (random) => {
  for (let round = 0; round < 30; round++) {
    const servers = randomServers(random);
    const live = servers.map(() => random.chance(0.8));
    const continuum = ring(servers, live);
    const { values, indexes, points } = continuum;
    assertEquals(points > 0, live.includes(true));
    assert(points <= 160 * live.filter(Boolean).length, `${points} points`);
    for (let i = 1; i < points; i++) assert(values[i - 1] <= values[i], `position ${i} of ${points}`);
    for (const index of indexes) assert(live[index], `server ${index} is ejected`);
    for (let draw = 0; draw < 100 && points > 0; draw++) {
      const hash = random.uint32();
      const position = positionByScan(continuum, hash);
      assertEquals(continuum.position(hash), position, `hash ${hash}`);
      assertEquals(continuum.dispatch(hash), indexes[position], `hash ${hash}`);
    }
  }
});

fuzzTest("ejecting one of several equal servers moves only the keys that it had", (random) => {
  const servers = Array.from({ length: 5 }, (_, i) => ({ name: `server${i}`, weight: 1 }));
  const ejected = random.int(5);
  const before = ring(servers);
  const after = ring(servers, servers.map((_, i) => i !== ejected));
  for (let draw = 0; draw < 1000; draw++) {
    const hash = random.uint32();
    const server = before.dispatch(hash);
    if (server === ejected) assertNotEquals(after.dispatch(hash), ejected);
    else assertEquals(after.dispatch(hash), server, `hash ${hash}`);
  }
});
