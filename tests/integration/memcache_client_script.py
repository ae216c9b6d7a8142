"""A script for pymemcache with its defaults; prints what every call gave, a line each.

The argument is the port of 127.0.0.1 to talk to. CAS tokens are used but not printed: each server has its own.
"""

import sys

from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheClientError, MemcacheIllegalInputError, MemcacheServerError


def show(name, result):
    if isinstance(result, dict):
        result = sorted(result.items())
    print(name, repr(result)[:2000])


def attempt(name, call):
    try:
        show(name, call())
    except (MemcacheClientError, MemcacheIllegalInputError, MemcacheServerError) as error:
        show(name, (type(error).__name__, str(error)))


def single_keys(client):
    show("set", client.set("a", "1"))
    show("get", client.get("a"))
    show("get missing", client.get("none", default="there is none"))
    show("set, answered", client.set("a", b"\x00\r\nEND\r\n\xff", noreply=False))
    show("get bytes", client.get("a"))
    show("add", client.add("a", "2", noreply=False))
    show("add new", client.add("b", "2", expire=100, noreply=False))
    show("replace", client.replace("b", "3", noreply=False))
    show("replace missing", client.replace("none", "3", noreply=False))
    show("append", client.append("b", "4"))
    show("prepend", client.prepend("b", "2", noreply=False))
    show("get changed", client.get("b"))
    show("incr", client.incr("b", 6))
    show("decr", client.decr("b", 40))
    show("incr missing", client.incr("none", 1))
    show("incr, not answered", client.incr("b", 1, noreply=True))
    show("get counted", client.get("b"))
    attempt("incr text", lambda: client.incr("a", 1))
    show("touch", client.touch("b", 100, noreply=False))
    show("touch, not answered", client.touch("b", 100))
    show("touch missing", client.touch("none", noreply=False))
    show("delete", client.delete("b", noreply=False))
    show("delete, not answered", client.delete("b"))
    show("delete missing", client.delete("b", noreply=False))
    show("expired at once", client.set("c", "x", expire=-1, noreply=False))
    show("get expired", client.get("c"))
    show("empty value", client.set("d", b"", noreply=False))
    show("get empty", client.get("d"))
    show("flags", client.set("e", "x", flags=12, noreply=False))
    client["item"] = "by name"
    show("item", client["item"])
    del client["item"]
    show("item gone", client.get("item"))
    show("version", client.version())


def cas(client):
    client.set("cas", "old")
    value, token = client.gets("cas")
    show("gets", value)
    show("cas", client.cas("cas", "new", token))
    show("cas again", client.cas("cas", "newer", token))
    show("cas missing", client.cas("none", "x", token))
    show("cas, not answered", client.cas("cas", "newest", token, noreply=True))
    show("get", client.get("cas"))
    show("gets missing", client.gets("none"))
    found = client.gets_many(["cas", "none", "a", "d"])
    show("gets_many", {key: value for key, (value, _) in found.items()})


def many_keys(client):
    values = {f"many:{i}": f"value {i} " * (i % 50) for i in range(1000)}
    show("set_many", client.set_many(values))
    show("get_many", client.get_many(list(values)) == {key: text.encode() for key, text in values.items()})
    show("get_many some", client.get_many(["many:7", "none", "many:3", "many:7", "nil"]))
    show("get_many none", client.get_many([]))
    show("set_many, answered", client.set_many({"x": "1", "y": "2"}, noreply=False))
    show("delete_many", client.delete_many([f"many:{i}" for i in range(0, 1000, 2)]))
    show("get_many left", len(client.get_many(list(values))))
    show("delete_many, answered", client.delete_many(["x", "y", "none"], noreply=False))


def large_values(client):
    for size in (16_300, 16_384, 100_000, 1_000_000):
        show("set large", client.set("large", b"x" * size, noreply=False))
        show("get large", client.get("large") == b"x" * size)
    attempt("set too large", lambda: client.set("large", b"x" * 1_500_000, noreply=False))
    show("set too large, not answered", client.set("large", b"x" * 1_500_000))
    show("get after it", client.get("a"))


def unusual_keys(client):
    attempt("key too long", lambda: client.get("k" * 251))
    attempt("key with a space", lambda: client.set("a b", "x"))
    show("longest key", client.set("k" * 250, "x", noreply=False))
    show("get longest key", client.get("k" * 250))


def main(port):
    for make in (Client, PooledClient):
        client = make(("127.0.0.1", port), timeout=20)
        for part in (single_keys, cas, many_keys, large_values, unusual_keys):
            print(f"{make.__name__}: {part.__name__}")
            part(client)
        client.delete_many(["a", "b", "c", "d", "e", "cas", "large", "k" * 250] + [f"many:{i}" for i in range(1000)])
        client.quit()


main(int(sys.argv[1]))
