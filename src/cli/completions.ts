/**
 * `--completions`: what shells need to complete the command line, made of the table of flags.
 *
 * @module
 */

import { type FlagRow, FLAGS, type Shell } from "./flags.ts";

const makers: Readonly<Record<Shell, () => string[]>> = { bash, zsh, fish };

/**
 * Makes the completions of a shell.
 *
 * @param shell Which one.
 * @returns A script, as it is installed where the shell looks for it.
 */
export function completionScript(shell: Shell): string {
  return makers[shell]().map((line) => `${line}\n`).join("");
}

function isFile({ argument }: FlagRow): boolean {
  return argument === "file name";
}

function spellings({ short, long }: FlagRow): string[] {
  return short === null ? [`--${long}`] : [`-${short}`, `--${long}`];
}

function bash(): string[] {
  const withArgument = FLAGS.filter(({ argument }) => argument !== "none");
  const ofChoice = withArgument.filter(({ choices }) => choices !== undefined);
  const others = withArgument.filter((row) => !isFile(row) && row.choices === undefined);
  const patterns = (rows: readonly FlagRow[]) => rows.flatMap(spellings).join(" | ");
  return [
    "# bash completion for nutcracker; made by nutcracker --completions bash",
    "_nutcracker() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"',
    "  # Bash parts --flag=value into three words.",
    '  if [[ $current == "=" ]]; then current=""',
    '  elif [[ $previous == "=" ]]; then previous="${COMP_WORDS[COMP_CWORD - 2]}"; fi',
    "  COMPREPLY=()",
    '  case "$previous" in',
    `  ${patterns(withArgument.filter(isFile))})`,
    "    compopt -o filenames 2>/dev/null",
    '    mapfile -t COMPREPLY < <(compgen -f -- "$current")',
    "    ;;",
    ...ofChoice.flatMap((row) => [
      `  ${patterns([row])})`,
      `    mapfile -t COMPREPLY < <(compgen -W "${row.choices?.join(" ")}" -- "$current")`,
      "    ;;",
    ]),
    `  ${patterns(others)}) ;;`,
    "  *)",
    `    mapfile -t COMPREPLY < <(compgen -W "${FLAGS.flatMap(spellings).join(" ")}" -- "$current")`,
    "    ;;",
    "  esac",
    "}",
    "complete -F _nutcracker nutcracker",
  ];
}

function zsh(): string[] {
  const specs = FLAGS.map((row) => {
    const { short, long, noun, choices } = row;
    // Square brackets end the explanation, and colons part what stands behind it.
    const sentence = row.sentence.replace(/[[\]:]/g, "\\$&");
    const action = isFile(row) ? "_files" : choices === undefined ? "" : `(${choices.join(" ")})`;
    const argument = row.argument === "none" ? "" : `:${noun.replaceAll(":", "\\:")}:${action}`;
    const equals = argument === "" ? "" : "=";
    if (short === null) return `'--${long}${equals}[${sentence}]${argument}'`;
    const plus = argument === "" ? "" : "+";
    return `'(-${short} --${long})'{-${short}${plus},--${long}${equals}}'[${sentence}]${argument}'`;
  });
  return [
    "#compdef nutcracker",
    "# zsh completion for nutcracker; made by nutcracker --completions zsh",
    "_arguments -s -S \\",
    ...specs.map((spec, i) => `  ${spec}${i === specs.length - 1 ? "" : " \\"}`),
  ];
}

function fish(): string[] {
  return [
    "# fish completion for nutcracker; made by nutcracker --completions fish",
    "complete -c nutcracker -f",
    ...FLAGS.map((row) => {
      const { short, long, choices } = row;
      const letter = short === null ? "" : ` -s ${short}`;
      const argument = row.argument === "none"
        ? ""
        : isFile(row)
        ? " -r -F"
        : choices === undefined
        ? " -x"
        : ` -x -a "${choices.join(" ")}"`;
      return `complete -c nutcracker${letter} -l ${long}${argument} -d "${row.sentence}"`;
    }),
  ];
}
