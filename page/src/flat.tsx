/** The tile repeated, and beside it the photo with the surface that was used. */

import { useState } from "preact/hooks";
import { doubtful, surfacesIn } from "./found";
import { percent } from "./judge";
import { type Job, make, revise } from "./jobs";
import { Outlined } from "./outlined";
import type { Point } from "./region";
import { type Tile, tileAddress } from "./service";
import { Tiling } from "./tiling";
import { Toggle } from "./toggle";
import { useBase } from "./useBase";
import { BASE, photo, setValue } from "./wish";

export function Flat({ job, tile }: { job: Job; tile: Tile }) {
  const [beside, setBeside] = useState(doubtful(tile.report));
  const base = useBase(job);
  const [{ width, height }] = tile.images;
  return (
    <div class={beside && base ? "beside" : "alone"}>
      <Tiling url={tileAddress(tile)} width={width} height={height}>
        {base && <Toggle label="Beside the photo" on={beside} toggle={() => setBeside(!beside)} />}
      </Tiling>
      {beside && base && <Source job={job} tile={tile} url={base.url} name={base.name} />}
    </div>
  );
}

/** What was decided holds for the next tile too, if it is of the same photo. */
function take(points: readonly Point[], job: Job): void {
  const region = { polygon: points };
  if (photo.value?.id === job.photos[BASE]) setValue("region", region);
  void make({ region }, job);
}

function Source(props: { job: Job; tile: Tile; url: string; name: string }) {
  const { job, tile, url, name } = props;
  const { surface } = tile.report;
  const found = surfacesIn(tile.report);
  const used = "the surface that was used";
  const outlines = [
    ...(surface?.drawn ? [{ points: surface.outline, label: used }] : []),
    ...found.map((one) => ({
      ...one,
      label: one.taken ? used : `number ${one.number}`,
      dashed: !one.taken,
    })),
  ];
  return (
    <figure class="source">
      <Outlined url={url} name={name} outlines={outlines} />
      <figcaption>
        {surface
          ? `Outlined: what was taken, ${percent(surface.share)} of the photo.`
          : "The diffusion model found the surface by itself; it cannot tell where."}
      </figcaption>
      {found
        .filter((one) => !one.taken)
        .map((one) => (
          <button
            key={one.number}
            type="button"
            onClick={() => take(one.points, job)}
          >
            Use number {one.number} instead ({percent(one.share)} of the photo)
          </button>
        ))}
      <button type="button" onClick={() => void revise(job)}>
        Draw it on the photo
      </button>
    </figure>
  );
}
