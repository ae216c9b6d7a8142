/**
 * The list that the keys of a request are written to.
 *
 * @module
 */

/** The argument indexes of a request's keys; owned by the caller and used again for every request. */
export class KeyList {
  /** The argument indexes; only the first `count` are valid. */
  indexes: Int32Array;
  /** How many keys there are. */
  count = 0;

  /**
   * Makes an empty list.
   *
   * @param capacity How many keys fit before the first growth; at least 1.
   */
  constructor(capacity = 16) {
    this.indexes = new Int32Array(Math.max(1, capacity));
  }

  /**
   * Makes room by doubling; what is in the list stays.
   *
   * @param count How many keys are to fit.
   */
  reserve(count: number): void {
    if (count <= this.indexes.length) return;
    let capacity = this.indexes.length;
    while (capacity < count) capacity *= 2;
    const indexes = new Int32Array(capacity);
    indexes.set(this.indexes);
    this.indexes = indexes;
  }

  /**
   * Appends keys that follow one another.
   *
   * @param first The argument index of the first.
   * @param count How many there are.
   * @param step From one to the next.
   */
  add(first: number, count: number, step = 1): void {
    this.reserve(this.count + count);
    for (let i = 0; i < count; i++) this.indexes[this.count + i] = first + i * step;
    this.count += count;
  }
}
