/**
 * `--man`: the manual page, made of the tables of flags and of directives.
 *
 * @module
 */

import { type OptionRow, OPTIONS } from "../config/options.ts";
import { type FlagRow, FLAGS } from "./flags.ts";

/** A part of the page between the options and the end. */
interface Section {
  readonly title: string;
  /** Terms and what they mean. */
  readonly items: readonly (readonly [term: string, meaning: string])[];
}

const DESCRIPTION = [
  "nutcracker keeps many clients off the cache servers: it pipelines and shards their requests over a few persistent " +
  "connections. It speaks the protocols of redis and of memcached, and reads the configuration of twemproxy, whose place " +
  "for every key it keeps.",
  "Without flags it reads conf/nutcracker.yml, stays in the foreground, and writes its log to the standard error stream.",
];

const SECTIONS: readonly Section[] = [
  {
    title: "STATISTICS",
    items: [
      ["/", "the live page for a browser, twemproxy's JSON for all else"],
      ["/stats.json", "everything, as JSON"],
      ["/metrics", "everything, for Prometheus"],
      ["/healthz, /readyz", "200 while the process runs, and while its pools have live servers"],
      ["/config", "the configuration in use"],
      ["/slowlog", "the latest slow requests"],
    ],
  },
  {
    title: "SIGNALS",
    items: [
      ["SIGHUP", "opens the log file anew and loads the configuration again"],
      ["SIGTTIN, SIGTTOU", "raise and lower the level of the log"],
      [
        "SIGINT, SIGTERM",
        "let every client take what it is owed, and end the process; a second one ends it at once",
      ],
    ],
  },
  {
    title: "EXIT STATUS",
    items: [
      ["0", "it ended because it was told to, or did what it was asked; with -d, the daemon serves"],
      ["1", "it could not start, the configuration is not valid, or a second signal came"],
    ],
  },
  {
    title: "EXAMPLES",
    items: [
      ["nutcracker -t -c /etc/nutcracker/nutcracker.yml", "tells what is wrong with a file, and where"],
      ["nutcracker --locate sessions:user:17 -c nutcracker.yml", "tells on which server of a pool a key is"],
      ["nutcracker -d -c nutcracker.yml -o nutcracker.log -p nutcracker.pid", "serves in the background"],
    ],
  },
];

/**
 * Makes the manual page.
 *
 * @param version The program's version.
 * @returns The page for man(1), in roff with the macros of man(7).
 */
export function manPage(version: string): string {
  return [
    '.\\" Made by nutcracker --man.',
    `.TH NUTCRACKER 8 "" "nutcracker ${roff(version)}" "System administration"`,
    ".SH NAME",
    "nutcracker \\- proxy for redis and memcached",
    ".SH SYNOPSIS",
    ".B nutcracker",
    ...FLAGS.map(synopsisOf),
    ".SH DESCRIPTION",
    ...DESCRIPTION.flatMap((paragraph) => [".PP", roff(paragraph)]),
    ".SH OPTIONS",
    ...FLAGS.flatMap(optionOf),
    ".SH CONFIGURATION",
    roff(
      "The file holds pools by name; each has these directives. What a directive does not say has its default.",
    ),
    ...OPTIONS.flatMap(directiveOf),
    ...SECTIONS.flatMap(({ title, items }) => [
      `.SH ${title}`,
      ...items.flatMap(([term, meaning]) => [".TP", `.B ${roff(term)}`, `${roff(meaning)}.`]),
    ]),
    ".SH SEE ALSO",
    ".BR redis\\-server (1),",
    ".BR memcached (1)",
    "",
  ].join("\n");
}

function synopsisOf({ short, long, noun }: FlagRow): string {
  const name = roff(short === null ? `--${long}` : `-${short}`);
  return noun === "" ? `[\\fB${name}\\fR]` : `[\\fB${name}\\fR \\fI${roff(noun)}\\fR]`;
}

function optionOf({ short, long, noun, sentence, fallback }: FlagRow): string[] {
  const argument = noun === "" ? "" : `=\\fI${roff(noun)}\\fR`;
  const letter = short === null ? "" : `\\fB${roff(`-${short}`)}\\fR, `;
  const ending = fallback === "" ? "." : `; default: ${roff(fallback)}.`;
  return [
    ".TP",
    `${letter}\\fB${roff(`--${long}`)}\\fR${argument}`,
    `${roff(capitalize(sentence))}${ending}`,
  ];
}

function directiveOf({ key, kind, required, fallback, protocol, sentence }: OptionRow): string[] {
  const label = kind.label.replaceAll("`", "");
  const ending = required ? " Required." : fallback === null ? "" : ` Default: ${fallback}.`;
  const scope = protocol === null ? "" : ` Only for ${protocol}.`;
  // README's links lead nowhere here.
  const text = `${
    sentence.replace(/[;,] see \[[^\]]*\]\([^)]*\)/g, "").replaceAll("`", "")
  }${scope}${ending}`;
  return [".TP", `\\fB${roff(key)}\\fR: \\fI${roff(label)}\\fR`, roff(text)];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Escapes text: a backslash begins an escape, and a bare hyphen is a typographic one that cannot be copied. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}
