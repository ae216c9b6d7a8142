/**
 * What a client library says of a server: every call of a script, and what came of it. Two servers are alike for a client
 * if their transcripts are.
 *
 * @module
 */

/** One call and its outcome: the value as the library gives it, or the words of the error that it threw. */
export type Entry = readonly [call: string, outcome: unknown];

/** The calls so far. */
export class Transcript {
  /** All calls in their order. */
  readonly entries: Entry[] = [];

  /**
   * Notes a call.
   *
   * @param call What is asked for.
   * @param outcome What comes of it.
   */
  async note(call: string, outcome: Promise<unknown>): Promise<void> {
    try {
      this.entries.push([call, await outcome]);
    } catch (error) {
      this.entries.push([call, `error: ${(error as Error).message}`]);
    }
  }

  /**
   * Notes of a call only the type of what comes of it, because the value is another every time.
   *
   * @param call What is asked for.
   * @param outcome What comes of it.
   */
  async noteType(call: string, outcome: Promise<unknown>): Promise<void> {
    await this.note(call, outcome.then((value) => typeof value));
  }
}

/**
 * Prints calls and outcomes, one per line.
 *
 * @param entries The calls in their order.
 */
export async function printEntries(entries: readonly Entry[]): Promise<void> {
  const show = { depth: 20, strAbbreviateSize: Infinity, breakLength: Infinity, iterableLimit: Infinity };
  const lines = entries.map(([call, outcome]) => `${call} => ${Deno.inspect(outcome, show)}\n`);
  await Deno.stdout.write(new TextEncoder().encode(lines.join("")));
}

/** Commands with their arguments whose replies have every shape there is; keys are `a`, `b` … on several servers. */
export const COMMANDS: readonly (readonly string[])[] = [
  ["PING"],
  ["PING", "hello"],
  ["ECHO", "any \u00e9"],
  ["SELECT", "0"],
  ["SET", "a", "1"],
  ["SET", "a", "2", "NX"],
  ["SET", "a", "2", "XX", "GET"],
  ["GET", "a"],
  ["GET", "none"],
  ["MSET", "b", "x", "c", "y", "d", "z", "e", "1.5"],
  ["MGET", "a", "b", "none", "c", "d", "e"],
  ["EXISTS", "a", "b", "c", "none"],
  ["TOUCH", "a", "b", "none"],
  ["INCRBY", "n", "41"],
  ["INCRBYFLOAT", "f", "10.5"],
  ["APPEND", "a", "xyz"],
  ["STRLEN", "a"],
  ["GETRANGE", "a", "0", "1"],
  ["GETRANGE", "none", "0", "1"],
  ["SETBIT", "bits", "7", "1"],
  ["GETBIT", "bits", "7"],
  ["TTL", "a"],
  ["TTL", "none"],
  ["PEXPIRE", "a", "1000000"],
  ["PERSIST", "a"],
  ["TYPE", "a"],
  ["TYPE", "none"],
  ["HSET", "hash", "f1", "v1", "f2", "v2"],
  ["HGET", "hash", "f1"],
  ["HGET", "hash", "none"],
  ["HGETALL", "hash"],
  ["HGETALL", "none"],
  ["HMGET", "hash", "f1", "none", "f2"],
  ["HMGET", "none", "f1"],
  ["HKEYS", "hash"],
  ["HINCRBYFLOAT", "hash", "n", "0.5"],
  ["HRANDFIELD", "single", "1", "WITHVALUES"],
  // Older servers say that they do not know these.
  ["HSETEX", "hash", "EX", "100", "FIELDS", "1", "f3", "v3"],
  ["HPERSIST", "hash", "FIELDS", "2", "f3", "f1"],
  ["HTTL", "hash", "FIELDS", "2", "f3", "none"],
  ["HGETDEL", "hash", "FIELDS", "2", "f3", "none"],
  ["VADD", "vectors", "VALUES", "3", "1", "2", "3", "m", "SETATTR", '{"n":1}'],
  ["VSIM", "vectors", "ELE", "m", "WITHSCORES"],
  ["VGETATTR", "vectors", "m"],
  ["DELIFEQ", "none", "x"],
  ["SET", "a", "2xyz", "IFEQ", "2xyz"],
  ["RPUSH", "list", "1", "2", "3"],
  ["LRANGE", "list", "0", "-1"],
  ["LPOP", "list"],
  ["LPOP", "list", "2"],
  ["LPOP", "list"],
  ["LPOP", "list", "2"],
  ["LPOS", "none", "1"],
  ["SADD", "set", "m"],
  ["SMEMBERS", "set"],
  ["SMEMBERS", "none"],
  ["SISMEMBER", "set", "m"],
  ["SMISMEMBER", "set", "m", "none"],
  ["SPOP", "set"],
  ["SPOP", "set"],
  ["ZADD", "zset", "1.5", "one", "2", "two", "inf", "last"],
  ["ZADD", "zset", "INCR", "1", "one"],
  ["ZSCORE", "zset", "one"],
  ["ZSCORE", "zset", "none"],
  ["ZMSCORE", "zset", "one", "none"],
  ["ZRANGE", "zset", "0", "-1", "WITHSCORES"],
  ["ZRANK", "zset", "none"],
  ["ZPOPMIN", "zset"],
  ["ZPOPMIN", "zset", "5"],
  ["ZPOPMIN", "zset"],
  ["GEOADD", "geo", "13.361389", "38.115556", "Palermo"],
  ["GEOPOS", "geo", "Palermo", "none"],
  ["XADD", "stream", "1-1", "f", "v"],
  ["XRANGE", "stream", "-", "+"],
  ["XREAD", "COUNT", "1", "STREAMS", "stream", "0"],
  ["XREAD", "COUNT", "1", "STREAMS", "stream", "9"],
  ["XINFO", "STREAM", "stream"],
  ["EVAL", "return {1, 'two', {3}, false, {ok='fine'}}", "0"],
  ["EVAL", "redis.setresp(3); return {map={a=1}}", "1", "a"],
  ["EVAL", "redis.setresp(3); return {double=1.5}", "1", "a"],
  ["EVAL", "redis.setresp(3); return true", "1", "a"],
  ["EVAL", "return redis.error_reply('MINE own')", "0"],
  ["LCS", "{t}1", "{t}2", "IDX"],
  ["OBJECT", "ENCODING", "n"],
  ["COMMAND", "LIST", "FILTERBY", "PATTERN", "hstrle?"],
  ["COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"],
  ["COMMAND", "INFO", "get"],
  ["CONFIG", "GET", "save"],
  ["CONFIG", "GET", "none"],
  ["ROLE"],
  ["CLIENT", "SETNAME", "me"],
  ["CLIENT", "GETNAME"],
  ["CLIENT", "NO-EVICT", "ON"],
  ["CLIENT", "LIST", "ID", "999999"],
  ["CLIENT", "NONE"],
  ["CLUSTER", "NODES"],
  ["HGET", "a", "f"],
  ["LPUSH", "a", "1"],
  ["GET"],
  ["NOSUCH", "a"],
  ["DEL", "a", "b", "none", "c"],
  ["UNLINK", "d", "e", "hash"],
];
