/** Whose key the page uses, and what is left of its credits. */

import { effect, signal } from "@preact/signals";
import { key, read } from "./service";

interface Account {
  readonly username: string;
  readonly admin: boolean;
}

/** One change of a balance; dollars are exact, as text. */
export interface Entry {
  readonly kind: string;
  readonly dollars: string;
  readonly request_id: string | null;
  readonly note: string;
  readonly at: string;
}

export interface Usage {
  readonly dollars: string;
  readonly used: readonly {
    readonly days: number;
    readonly tiles: number;
    readonly dollars: string;
  }[];
  readonly entries: readonly Entry[];
}

/** Undefined without a key, and with one that is not good. */
export const account = signal<Account | undefined>(undefined);

effect(() => {
  const own = key.value;
  account.value = undefined;
  if (!own) return;
  read<Account>("api/auth/authenticate").then(
    (found) => {
      if (key.peek() === own) account.value = found;
    },
    () => undefined, // who asks for something is told what is wrong
  );
});

export const usage = (): Promise<Usage> => read("api/account/usage");
