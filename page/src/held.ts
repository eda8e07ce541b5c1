/** A request that came too soon waits here until the service takes it. */

import { signal } from "@preact/signals";

interface Held {
  /** Why, in the service's words. */
  readonly sentence: string;
  /** When it is sent again, in milliseconds since 1970. */
  readonly until: number;
  /** Waits no longer: it was not accepted. */
  readonly stop: () => void;
}

export const held = signal<Held | undefined>(undefined);

/** Waits as long as the refusal says; throws it where somebody would rather not. */
export function holdBack(refusal: Error & { readonly after: number }): Promise<void> {
  return new Promise<void>((go, stop) => {
    const wait = 1000 * refusal.after;
    const timer = setTimeout(go, wait);
    held.value = {
      sentence: refusal.message,
      until: Date.now() + wait,
      stop: () => (clearTimeout(timer), stop(refusal)),
    };
  }).finally(() => (held.value = undefined));
}
