/** The surfaces that were found on the photo in hand, by the last tile made of it. */

import { computed } from "@preact/signals";
import { NEARLY, type Report, UNSURE } from "./described";
import { jobs } from "./jobs";
import { type Point, area, holds } from "./region";
import { isTile } from "./service";
import { BASE, photo } from "./wish";

export interface Offer {
  readonly points: readonly Point[];
  readonly share: number;
  /** The same wherever it is shown. */
  readonly number: number;
  /** Whether the tile is made of it. */
  readonly taken: boolean;
}

/** The one that was taken, unless it was drawn, and what else the words fit. */
export function surfacesIn({ surface }: Report): readonly Offer[] {
  if (!surface) return [];
  const all = [...(surface.drawn ? [] : [surface]), ...(surface.alternatives ?? [])];
  return all.map((one, index) => ({
    points: one.outline,
    share: one.share,
    number: index + 1,
    taken: one === surface,
  }));
}

/** Whether it may be the wrong one: not sure, or another one fits nearly as well. */
export function doubtful({ surface }: Report): boolean {
  if (!surface) return false;
  const second = Math.max(0, ...(surface.alternatives ?? []).map((one) => one.confidence));
  return surface.confidence < UNSURE || second >= NEARLY * surface.confidence;
}

/** Those on the photo in hand. */
export const offers = computed<readonly Offer[]>(() => {
  const id = photo.value?.id;
  for (const { status, photos } of jobs.value) {
    if (!id || photos[BASE] !== id || !status || !isTile(status)) continue;
    const all = surfacesIn(status.report);
    if (all.length) return all;
  }
  return [];
});

/** The smallest of them that lies under a point. */
export function offerAt(point: Point): Offer | undefined {
  const under = offers.value.filter((one) => holds(one.points, point));
  return under.sort((one, other) => area(one.points) - area(other.points))[0];
}
