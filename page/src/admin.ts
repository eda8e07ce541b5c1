/** The routes of those who run the service. */

import type { Entry } from "./account";
import { randomName } from "./album";
import { isTaken, read } from "./service";

/** What one engine has to do, and who does it. */
export interface Work {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly oldest_seconds: number;
  readonly workers: number;
  readonly ready_workers: number;
}

export interface Overview {
  readonly engines: readonly Work[];
  readonly queue_connected: boolean;
  readonly window_seconds: number;
  readonly completed: number;
  readonly failed: number;
  readonly per_minute: number;
  readonly mean_seconds: number | null;
  readonly mean_wait_seconds: number | null;
  readonly failures: readonly {
    readonly code: string;
    readonly count: number;
    readonly last_error: string;
    readonly last_at: string;
  }[];
}

export interface ApiKey {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly start: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
  readonly per_minute: number | null;
  readonly at_once: number | null;
  readonly priority: boolean;
  readonly admin: boolean;
}

export interface Purse {
  readonly account: string;
  readonly dollars: string;
  readonly entries: readonly Entry[];
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly dollars: string;
}

export const overview = (): Promise<Overview> => read("admin/overview");

export const keys = async (): Promise<readonly ApiKey[]> =>
  (await read<{ keys: ApiKey[] }>("admin/keys")).keys;

export const accounts = async (): Promise<readonly Account[]> =>
  (await read<{ accounts: Account[] }>("admin/accounts")).accounts;

/** A new key; its secret is in `key`, now and never again. */
export const makeKey = (wish: object): Promise<ApiKey & { readonly key: string }> =>
  read("admin/keys", posted(wish));

export const revoke = (id: string): Promise<object> =>
  read(`admin/keys/${encodeURIComponent(id)}`, { method: "DELETE" });

export const purse = (account: string): Promise<Purse> =>
  read(`admin/credits?${new URLSearchParams({ account })}`);

/** The Idempotency-Key of what is given, until it is known that it was. */
let word = "";

/** Gives credits once, however often it is asked for before an answer comes. */
export async function pay(account: string, dollars: string, note: string): Promise<Purse> {
  word ||= randomName();
  try {
    const body = { account, dollars, ...(note && { note }) };
    const found = await read<Purse>("admin/credits", posted(body, { "idempotency-key": word }));
    word = "";
    return found;
  } catch (error) {
    if (!isTaken(error)) throw error;
    word = "";
    throw new Error(GIVEN);
  }
}

const GIVEN =
  "What you sent before, and got no answer to, was given; this was not. Look at the statement, " +
  "then send what is still lacking.";

function posted(body: object, more: Readonly<Record<string, string>> = {}): RequestInit {
  const headers = { "content-type": "application/json", ...more };
  return { method: "POST", headers, body: JSON.stringify(body) };
}
