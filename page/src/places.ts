/** The places of the page. They stand in the address behind its #, which is never sent anywhere. */

import { signal } from "@preact/signals";

export const PLACES = { make: "Make", code: "Code", history: "History", operator: "Operator" } as const;

export type Place = keyof typeof PLACES;

function named(): Place {
  const name = location.hash.slice(1);
  return name in PLACES ? (name as Place) : "make";
}

/** Where the visitor is. */
export const place = signal<Place>(named());

addEventListener("hashchange", () => (place.value = named()));

export function go(to: Place): void {
  location.hash = to;
}
