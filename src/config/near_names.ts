/**
 * What somebody may have meant who wrote a name that does not exist.
 *
 * @module
 */

/** More than these nobody reads. */
const SUGGESTIONS_MAX = 3;
/** A shorter text is part of too many names. */
const PART_LENGTH_MIN = 4;
/** One mistake per so many characters is a slip; more is another word. */
const CHARACTERS_PER_MISTAKE = 3;
/** More mistakes than these are another word, however long it is. */
const MISTAKES_MAX = 3;

/**
 * Looks for names like the one that was given: with one mistake in it, otherwise those that it is a part of, otherwise
 * those with the fewest mistakes.
 *
 * @param given What was written.
 * @param names The names that there are.
 * @returns The likely ones in the order of `names`; none if nothing is near.
 */
export function nearNames(given: string, names: readonly string[]): string[] {
  const text = canonical(given);
  const distances = names.map((name) => distanceBetween(text, canonical(name)));
  const least = Math.min(...distances);
  const nearest = names.filter((_, i) => distances[i] === least);
  const mistakesMax = Math.min(MISTAKES_MAX, Math.floor(text.length / CHARACTERS_PER_MISTAKE));
  if (least <= Math.min(1, mistakesMax)) return nearest;
  const whole = text.length < PART_LENGTH_MIN ? [] : names.filter((name) => canonical(name).includes(text));
  if (whole.length > 0) return whole;
  return least <= mistakesMax ? nearest : [];
}

/**
 * Asks whether one of some names was meant.
 *
 * @param names The likely names; no more than three are shown.
 * @param show Writes a name as the text around it does; in quotes unless given.
 * @returns A question; empty if there are none.
 */
export function didYouMean(
  names: readonly string[],
  show: (name: string) => string = (name) => `"${name}"`,
): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, SUGGESTIONS_MAX).map(show);
  const last = shown.pop();
  return `did you mean ${shown.length === 0 ? last : `${shown.join(", ")} or ${last}`}?`;
}

/** Capitals, and which character joins words, are slips that do not count. */
function canonical(text: string): string {
  return text.toLowerCase().replaceAll("-", "_");
}

/** How many characters have to be put in, taken out, changed, or exchanged with their neighbour. */
function distanceBetween(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchange) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
