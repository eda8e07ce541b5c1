/** What this service has to offer: its engine, and what a tile costs. */

import { effect, signal } from "@preact/signals";
import { key, model } from "./service";

export const engine = signal("");
export const price = signal(0);

effect(() => {
  key.value; // each key may have its own
  model().then(
    (found) => {
      engine.value = found?.engine ?? "";
      price.value = found?.price ?? 0;
    },
    () => undefined, // who asks for a tile is told what is wrong
  );
});
