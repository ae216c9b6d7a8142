/**
 * What the project uses of `@std/crypto`: digests, from the platform's `node:crypto`, synchronous.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** Digest algorithms that the project uses. */
export type DigestAlgorithm = "MD5" | "SHA-1";

const nodeNames: Record<DigestAlgorithm, string> = { "MD5": "md5", "SHA-1": "sha1" };

/** The part of `@std/crypto`'s `crypto.subtle` that the project uses. */
export const crypto = {
  subtle: {
    /**
     * Computes a digest.
     *
     * @param algorithm Which one.
     * @param data The bytes.
     * @returns The digest's bytes.
     */
    digestSync(algorithm: DigestAlgorithm, data: Uint8Array): Uint8Array<ArrayBuffer> {
      return new Uint8Array(createHash(nodeNames[algorithm]).update(data).digest());
    },
  },
};
