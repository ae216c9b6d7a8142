"""Uses redis-py's asyncio, as it is by default, and prints what it makes of the replies, one per line.

Argument: the port of 127.0.0.1.
"""

import asyncio
import sys

import redis.asyncio

PORT = int(sys.argv[1])


async def show(call, outcome):
    try:
        value = await outcome
    except redis.RedisError as error:
        value = f"{type(error).__name__}: {error}"
    print(call, repr(value))


async def transaction(client):
    async with client.pipeline() as pipeline:
        return await pipeline.set("t", 1).incr("t").hgetall("t").execute(raise_on_error=False)


async def locked(client):
    async with client.lock("lock", timeout=60) as lock:
        return await lock.extend(60)


async def hear(client):
    async with client.pubsub() as pubsub:
        await pubsub.subscribe("one")
        await pubsub.psubscribe("tw*")
        for _ in range(2):
            while await pubsub.get_message(timeout=1) is None:
                pass
        await client.publish("one", "a")
        await client.publish("two", "b")
        heard = []
        while len(heard) < 2:
            message = await pubsub.get_message(timeout=1)
            if message is not None:
                heard.append((message["channel"], message["data"]))
        return sorted(heard)


async def scan(client):
    return sorted({key async for key in client.scan_iter("g*", count=2)})


async def main():
    client = redis.asyncio.Redis(port=PORT)
    await show("ping", client.ping())
    await show("mset", client.mset({f"m{i}": i for i in range(9)}))
    await show("mget", client.mget([f"m{i}" for i in range(10)]))
    # Each has a connection of its own.
    counts = await asyncio.gather(*[client.incr(f"g{i % 7}") for i in range(70)])
    print("gather", sorted(counts))
    async with client.pipeline(transaction=False) as pipeline:
        for i in range(20):
            pipeline.get(f"m{i}")
        await show("pipeline", pipeline.execute())
    await show("transaction", transaction(client))
    await show("lock", locked(client))
    await show("blpop", client.blpop("none", 0.05))
    await show("heard", hear(client))
    await show("scan", scan(client))
    await show("xadd", client.xadd("stream", {"f": "v"}, id="1-1"))
    await show("xread", client.xread({"stream": "0"}, block=1000))
    twice = client.register_script("return {KEYS[1], ARGV[1], ARGV[1]}")
    for key in ["k1", "k2", "k3"]:
        await show("script", twice(keys=[key], args=["x"]))
    await show("wrong", client.lpush("m1", 1))
    await client.close()


asyncio.run(main())
