/**
 * Patterns with `*` and `?`.
 *
 * @module
 */

/**
 * Whether a text fits a pattern: `*` stands for any characters, `?` for one. A pattern costs at most its length times the
 * text's, whatever a peer makes up.
 *
 * @param pattern The pattern.
 * @param text The text.
 * @returns True if all of the text fits.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let [star, starFrom] = [-1, 0];
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      starFrom = from;
    } else if (pattern[at] === "?" || pattern[at] === text[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++starFrom;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
