"""Runs commands by redis-py, as it is by default, and prints what it makes of the replies, one per line.

Arguments: the port of 127.0.0.1, and the commands as JSON.
"""

import json
import sys

import redis

client = redis.Redis(port=int(sys.argv[1]))


def show(call, function):
    try:
        outcome = function()
    # The library itself throws where it does not expect a reply.
    except (redis.RedisError, ValueError, TypeError, LookupError) as error:
        outcome = f"{type(error).__name__}: {error}"
    print(call, repr(outcome))


for command in json.loads(sys.argv[2]):
    show(command, lambda: client.execute_command(*command))
show("info", lambda: sorted(set(client.info()) & {"redis_version", "loading", "role", "redis_mode"}))
show("client_list", lambda: [entry["name"] for entry in client.client_list()])
show("client_info", lambda: client.client_info()["resp"].strip())
show("client_id", lambda: type(client.client_id()))
show("client_kill", lambda: client.client_kill_filter(_id="999999"))
show("time", lambda: [type(part) for part in client.time()])
show("hgetall", lambda: client.hgetall("none"))
with client.pipeline(transaction=False) as pipeline:
    for i in range(50):
        pipeline.set(f"p{i}", i)
    show("pipeline", pipeline.execute)
show("dbsize", client.dbsize)
show("scan", lambda: sorted(set(client.scan_iter(count=2))))
double = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
show("script", lambda: [double(keys=[f"d{i}"], args=[i]) for i in range(10)])
show("mget", lambda: client.mget([f"p{i}" for i in range(60)]))
named = redis.Redis(port=int(sys.argv[1]), client_name="called", health_check_interval=1, db=0)
show("named", named.client_getname)
