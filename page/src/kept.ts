/** Signals that outlive the tab, in this browser's own storage. */

import { type Signal, effect, signal } from "@preact/signals";

const PREFIX = "tilewright.";

/** A value that is there again when the page is; storage that is full or forbidden is no harm. */
export function kept<T>(name: string, initial: T): Signal<T> {
  const found = signal(read(name, initial));
  effect(() => {
    const text = JSON.stringify(found.value);
    try {
      localStorage.setItem(PREFIX + name, text);
    } catch {
      // A private window may keep nothing: the page works, until it is closed.
    }
  });
  return found;
}

function read<T>(name: string, initial: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial;
  }
}
