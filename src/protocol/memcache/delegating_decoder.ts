/**
 * What decoders have in common that let another one decode.
 *
 * @module
 */

import type { Action, RequestAccess, RequestDecoder, Status } from "../contract.ts";

/** A {@link RequestDecoder} that says what another one says. */
export abstract class DelegatingDecoder implements RequestDecoder {
  /** Who decodes. */
  protected inner: RequestDecoder;

  /**
   * Makes the decoder.
   *
   * @param inner Who decodes.
   */
  constructor(inner: RequestDecoder) {
    this.inner = inner;
  }

  /** See {@link RequestDecoder.decode}. */
  abstract decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status;

  /** See {@link RequestDecoder.consumed}. */
  get consumed(): number {
    return this.inner.consumed;
  }
  /** See {@link RequestDecoder.action}. */
  get action(): Action {
    return this.inner.action;
  }
  /** See {@link RequestDecoder.frame}. */
  get frame(): Uint8Array<ArrayBuffer> {
    return this.inner.frame;
  }
  /** See {@link RequestDecoder.frameStart}. */
  get frameStart(): number {
    return this.inner.frameStart;
  }
  /** See {@link RequestDecoder.frameEnd}. */
  get frameEnd(): number {
    return this.inner.frameEnd;
  }
  /** See {@link RequestDecoder.keyCount}. */
  get keyCount(): number {
    return this.inner.keyCount;
  }
  /** See {@link RequestDecoder.keys}. */
  get keys(): Int32Array {
    return this.inner.keys;
  }
  /** See {@link RequestDecoder.units}. */
  get units(): Int32Array {
    return this.inner.units;
  }
  /** See {@link RequestDecoder.dialect}. */
  get dialect(): number {
    return this.inner.dialect;
  }
  /** See {@link RequestDecoder.tag}. */
  get tag(): number {
    return this.inner.tag;
  }
  /** See {@link RequestDecoder.access}. */
  get access(): RequestAccess {
    return this.inner.access;
  }
  /** See {@link RequestDecoder.noReply}. */
  get noReply(): boolean {
    return this.inner.noReply;
  }
  /** See {@link RequestDecoder.closing}. */
  get closing(): boolean {
    return this.inner.closing;
  }
  /** See {@link RequestDecoder.answer}. */
  get answer(): Uint8Array<ArrayBuffer> {
    return this.inner.answer;
  }
  /** See {@link RequestDecoder.fragmentTail}. */
  get fragmentTail(): Uint8Array<ArrayBuffer> {
    return this.inner.fragmentTail;
  }
  /** See {@link RequestDecoder.merge}. */
  get merge(): number {
    return this.inner.merge;
  }

  /** See {@link RequestDecoder.fragmentHead}. */
  fragmentHead(unitCount: number): Uint8Array<ArrayBuffer> {
    return this.inner.fragmentHead(unitCount);
  }

  /** See {@link RequestDecoder.missReply}. */
  missReply(keyCount = 0): Uint8Array<ArrayBuffer> | null {
    return this.inner.missReply(keyCount);
  }

  /** See {@link RequestDecoder.begin}. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    return this.inner.begin(bytes, start, end);
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(arrived: number): number {
    return this.inner.letGo(arrived);
  }
}
