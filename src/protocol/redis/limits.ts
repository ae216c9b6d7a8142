/**
 * The limits of what the proxy keeps for redis' clients, each with its unit and its reason.
 *
 * @module
 */

/**
 * The commands that a transaction keeps until its first key tells the server may have so many bytes: enough for a
 * script or two, and little beside what a client may have under way.
 */
export const KEPT_BYTES_MAX = 256 * 1024;
