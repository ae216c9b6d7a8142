/**
 * The configuration as it was understood, for people and programs, without its secrets.
 *
 * @module
 */

import { formatAddress } from "../net/address.ts";
import type { Config, PoolConfig, ServerConfig } from "./config.ts";
import { type OptionRow, OPTIONS } from "./options.ts";
import { type DescribedValue, isStructure, MASK } from "./structures.ts";

/** Pools by name, each with all its directives. */
export type DescribedPools = Readonly<Record<string, Readonly<Record<string, DescribedValue>>>>;

/** A name that speaks of a secret; a value of bytes is always taken for one. */
const SECRET = /auth|password|token|secret/;

/**
 * Describes a configuration, defaults included, in the words of its file.
 *
 * @param config The configuration.
 * @returns The pools' directives; what is secret is `***`.
 */
export function describeConfig(config: Config): DescribedPools {
  return Object.fromEntries(config.pools.map((pool) => [pool.name, describePool(pool)]));
}

/**
 * Describes a pool.
 *
 * @param pool The pool.
 * @returns Its directives; what is secret is `***`.
 */
export function describePool(pool: PoolConfig): Record<string, DescribedValue> {
  return Object.fromEntries(OPTIONS.map((option) => [option.key, describeOption(option, pool)]));
}

function describeOption({ key, field, kind }: OptionRow, pool: PoolConfig): DescribedValue {
  if (field === "protocol") return pool.protocol === "redis";
  const value = pool[field];
  if (isStructure(kind)) return value === null ? null : kind.describe(value);
  return describeValue(key, value);
}

function describeValue(key: string, value: unknown): DescribedValue {
  if (value === null) return null;
  if (value instanceof Uint8Array || SECRET.test(key)) return MASK;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === "number")
      ? String.fromCharCode(...value)
      : value.map((server: ServerConfig) => describeServer(server));
  }
  return (value as PoolConfig["listen"]).text;
}

function describeServer({ name, address, weight }: ServerConfig): string {
  return `${formatAddress(address)}:${weight} ${name}`;
}
