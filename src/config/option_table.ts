/**
 * The table of directives as the README shows it.
 *
 * @module
 */

import { type OptionRow, OPTIONS } from "./options.ts";

/**
 * Writes {@link OPTIONS} as a Markdown table.
 *
 * @returns The table's lines, joined and ended by line feeds.
 */
export function formatOptionTable(): string {
  const lines = ["| directive | value | default | meaning |", "|---|---|---|---|"];
  for (const option of OPTIONS) {
    const scope = option.protocol === null ? "" : ` Only for ${option.protocol}.`;
    lines.push(
      `| \`${option.key}\` | ${option.kind.label} | ${formatFallback(option)} | ${option.sentence}${scope} |`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

function formatFallback(option: OptionRow): string {
  if (option.required) return "required";
  return option.fallback === null ? "none" : `\`${option.fallback}\``;
}
