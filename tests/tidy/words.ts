/**
 * Words that no file of the project may hold.
 *
 * @module
 */

import type { Complaint } from "./sources.ts";

/** A file as it is. */
export interface TextFile {
  /** Its path from the top of the repository. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** The words are taken apart here, so that this file does not hold them. */
const UNFINISHED = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|")})\\b`);
const MACHINE_PATH = new RegExp(["/wo" + "rk/", "/tmp/br" + "ief"].join("|"));

/**
 * Checks the text of files for words that say unfinished, and for paths of a developer's machine.
 *
 * @param files Any text files.
 * @returns A complaint per line that holds such a word.
 */
export function checkWords(files: readonly TextFile[]): Complaint[] {
  const complaints: Complaint[] = [];
  for (const { path, text } of files) {
    text.split("\n").forEach((content, index) => {
      const unfinished = UNFINISHED.exec(content);
      if (unfinished) {
        complaints.push({ path, line: index + 1, text: `says ${unfinished[0]}: finish it or drop it` });
      }
      const machine = MACHINE_PATH.exec(content);
      if (machine) {
        complaints.push({ path, line: index + 1, text: `names a path of one machine, ${machine[0]}` });
      }
    });
  }
  return complaints;
}
