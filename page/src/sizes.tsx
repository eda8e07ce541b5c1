/** The same tile in another size. */

import { PARAMETERS } from "./described";
import { type Job, make } from "./jobs";
import type { Tile } from "./service";

const LONG_SIDES = [512, 1024, 2048, 4096];

/** Sides are multiples of this. */
const STEP = 32;

const WIDTH = PARAMETERS.find((one) => one.name === "width");

export function Sizes({ job, tile }: { job: Job; tile: Tile }) {
  const [{ width, height }] = tile.images;
  const sizes = LONG_SIDES.map((side) => scaled(side / Math.max(width, height)));

  function scaled(factor: number): readonly [number, number] {
    const round = (side: number) => Math.max(1, Math.round((side * factor) / STEP)) * STEP;
    return [round(width), round(height)];
  }

  const offered = sizes.filter(
    ([across, down]) =>
      across !== width &&
      Math.min(across, down) >= (WIDTH?.minimum ?? STEP) &&
      Math.max(across, down) <= (WIDTH?.maximum ?? Infinity),
  );
  return (
    <select
      aria-label="Make it in another size"
      value=""
      onChange={(event) => {
        const size = sizes[Number(event.currentTarget.value)];
        event.currentTarget.value = "";
        if (size) void make({ width: size[0], height: size[1], seed: tile.seed }, job);
      }}
    >
      <option value="">Another size…</option>
      {offered.map((size) => (
        <option key={size[0]} value={sizes.indexOf(size)}>
          {size[0]} × {size[1]}
        </option>
      ))}
    </select>
  );
}
