/** What this service has to offer: its engines, and what a tile costs. */

import { effect, signal } from "@preact/signals";
import { key, model } from "./service";

/** Those that make tiles here; none before the service has told. */
export const engines = signal<readonly string[]>([]);
export const price = signal(0);

effect(() => {
  key.value; // each key may have its own
  model().then(
    (found) => {
      engines.value = found?.engines ?? [];
      price.value = found?.price ?? 0;
    },
    () => undefined, // who asks for a tile is told what is wrong
  );
});
