// Listens as the proxy does and says what it hears, until the first SIGTERM; stays until it is killed.
import { listenSignals } from "../../../src/daemon/signals.ts";
import { nullLog } from "../../../src/log/log.ts";

const encoder = new TextEncoder();
const say = (text: string): void => void Deno.stdout.writeSync(encoder.encode(`${text}\n`));
setInterval(() => {}, 60_000);

const stop = listenSignals({
  SIGHUP: () => say("reopen"),
  SIGINT: () => say("interrupt"),
  SIGTERM: () => {
    stop();
    say("terminate");
  },
  SIGTTIN: () => say("up"),
  SIGTTOU: () => say("down"),
}, { ...nullLog, always: (module, text) => say(`[${module}] ${text}`) });
say("ready");
