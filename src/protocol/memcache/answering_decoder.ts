/**
 * What decoders have in common that never send anything to a server: all they do is answer.
 *
 * @module
 */

import {
  ACCESS_OTHER,
  type Action,
  ANSWER,
  BAD,
  DONE,
  type RequestAccess,
  type RequestDecoder,
  type Status,
} from "../contract.ts";
import { MergeCode } from "./merge_code.ts";

const NOTHING = new Uint8Array(0);
const NO_OFFSETS = new Int32Array(0);

/** A {@link RequestDecoder} that answers every request itself. */
export abstract class AnsweringDecoder implements RequestDecoder {
  /** See {@link RequestDecoder.consumed}. */
  consumed = 0;
  /** See {@link RequestDecoder.action}. */
  readonly action: Action = ANSWER;
  /** See {@link RequestDecoder.frame}. */
  readonly frame: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.frameStart}. */
  readonly frameStart = 0;
  /** See {@link RequestDecoder.frameEnd}. */
  readonly frameEnd = 0;
  /** See {@link RequestDecoder.keyCount}. */
  readonly keyCount = 0;
  /** See {@link RequestDecoder.keys}. */
  readonly keys: Int32Array = NO_OFFSETS;
  /** See {@link RequestDecoder.units}. */
  readonly units: Int32Array = NO_OFFSETS;
  /** See {@link RequestDecoder.dialect}. */
  readonly dialect = 0;
  /** See {@link RequestDecoder.tag}. */
  readonly tag = 0;
  /** See {@link RequestDecoder.access}. */
  readonly access: RequestAccess = ACCESS_OTHER;
  /** See {@link RequestDecoder.noReply}. */
  readonly noReply = false;
  /** See {@link RequestDecoder.closing}. */
  readonly closing = false;
  /** See {@link RequestDecoder.answer}. */
  answer: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.fragmentTail}. */
  readonly fragmentTail: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.merge}. */
  readonly merge: MergeCode = MergeCode.ITEMS;

  /** See {@link RequestDecoder.decode}. */
  abstract decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status;

  /** See {@link RequestDecoder.fragmentHead}. */
  fragmentHead(): Uint8Array<ArrayBuffer> {
    return NOTHING;
  }

  /** See {@link RequestDecoder.missReply}. */
  missReply(): Uint8Array<ArrayBuffer> | null {
    return null;
  }

  /** See {@link RequestDecoder.begin}. */
  begin(): boolean {
    return false;
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(): number {
    return 0;
  }

  /**
   * Gives an answer to the request at hand.
   *
   * @param answer The answer.
   * @param consumed How many bytes the request took.
   */
  protected say(answer: Uint8Array<ArrayBuffer>, consumed: number): Status {
    this.answer = answer;
    this.consumed = consumed;
    return DONE;
  }
}

/** Says one thing, whatever comes, and ends the connection. */
export class LastWordsDecoder extends AnsweringDecoder {
  /**
   * Makes the decoder.
   *
   * @param words What to say.
   */
  constructor(words: Uint8Array<ArrayBuffer>) {
    super();
    this.answer = words;
  }

  /** See {@link RequestDecoder.decode}. */
  override decode(): Status {
    return BAD;
  }
}
