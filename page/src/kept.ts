/** Signals that outlive the tab, in this browser's own storage. */

import { type ReadonlySignal, type Signal, effect, signal } from "@preact/signals";

const PREFIX = "tilewright.";

/** A storage; a browser may forbid even to look at it. */
type Place = () => Storage;

const ofBrowser: Place = () => localStorage;
const ofTab: Place = () => sessionStorage;

/** What a storage that is full or forbidden does not hold: the page works, until it is closed. */
const lacking = new Map<string, string>();

/** A value that is there again when the page is, and the same in each tab of this browser. */
export function kept<T>(name: string, initial: T): Signal<T> {
  const found = signal(read<T>(ofBrowser, name) ?? initial);
  effect(() => write(ofBrowser, name, found.value));
  addEventListener("storage", ({ key }) => {
    if (key === null || key === PREFIX + name) found.value = read<T>(ofBrowser, name) ?? initial;
  });
  return found;
}

/** A list of all tabs, and how to change it: each change begins with what the others made of it. */
export function keptList<T>(
  name: string,
): [ReadonlySignal<readonly T[]>, (change: (before: readonly T[]) => readonly T[]) => void] {
  const found = kept<readonly T[]>(name, []);
  return [found, (change) => (found.value = change(read(ofBrowser, name) ?? []))];
}

/** A value of this tab alone: it is there again after a reload, and a new tab begins with it. */
export function keptByTab<T>(name: string, initial: T): Signal<T> {
  const found = signal(read<T>(ofTab, name) ?? read<T>(ofBrowser, name) ?? initial);
  effect(() => {
    write(ofTab, name, found.value);
    write(ofBrowser, name, found.value);
  });
  return found;
}

function write(place: Place, name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    place().setItem(PREFIX + name, text);
    lacking.delete(name);
  } catch {
    lacking.set(name, text);
  }
}

function read<T>(place: Place, name: string): T | undefined {
  try {
    const text = lacking.get(name) ?? place().getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
