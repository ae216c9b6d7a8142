/**
 * nutcracker: a proxy for redis and memcached.
 *
 * @module
 */

import { run } from "./src/app.ts";

Deno.exit(await run(Deno.args));
