export interface StreamDifference { readonly reason: string; readonly matches: (r: import("./redis_traffic.ts").RedisRequest, there: string, here: string) => boolean }
const CROSSSLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
export const STREAM_DIFFERENCES: StreamDifference[] = [
  { reason: "exists", matches: ({command, spread}, there, here) => command === "EXISTS" && spread && /^:\d+\r\n$/.test(there) && Number(here.slice(1)) > Number(there.slice(1)) },
  { reason: "crossslot", matches: ({spread}, _there, here) => spread && here === CROSSSLOT },
  { reason: "numkeys", matches: ({command}, there) => /^Z(DIFF|INTER|UNION)$/.test(command) && there === "*0\r\n" },
  { reason: "auth", matches: ({command}, there, here) => command === "AUTH" && there.startsWith("-ERR Client sent AUTH, but no password") && here.startsWith("-ERR AUTH <password> called without any password") },
];
