/** The tile: repeated, beside its photo, measured, and taken home. */

import { useState } from "preact/hooks";
import { Keep } from "./keep";
import { type Job, make } from "./jobs";
import { Outlined } from "./outlined";
import { type Tile, tileAddress } from "./service";
import { Tiling } from "./tiling";
import { useBase } from "./useBase";
import { Vary } from "./vary";
import { Verdict } from "./verdict";

export function Judge({ job, tile }: { job: Job; tile: Tile }) {
  const [beside, setBeside] = useState(false);
  const base = useBase(job);
  const surface = tile.report.surface;
  const others = surface?.alternatives ?? [];
  const outlines = [
    ...(surface ? [{ points: surface.outline, label: "the surface that was used" }] : []),
    ...others.map((one, index) => ({ points: one.outline, label: `${index + 1}` })),
  ];
  return (
    <div class="judge">
      <div class={beside && base ? "beside" : "alone"}>
        <Tiling
          url={tileAddress(tile)}
          width={tile.images[0].width}
          height={tile.images[0].height}
        >
          {base && (
            <Toggle label="Beside the photo" on={beside} toggle={() => setBeside(!beside)} />
          )}
        </Tiling>
        {beside && base && (
          <figure class="source">
            <Outlined
              url={base.url}
              name={base.name}
              outlines={outlines}
            />
            <figcaption>
              {surface
                ? `Outlined: what was taken, ${percent(surface.share)} of the photo.`
                : "The diffusion model found the surface by itself; it cannot tell where."}
            </figcaption>
            {others.map((one, index) => (
              <button
                key={index}
                type="button"
                onClick={() => void make({ region: { polygon: one.outline } }, job)}
              >
                Use number {index + 1} instead ({percent(one.share)} of the photo)
              </button>
            ))}
          </figure>
        )}
      </div>
      <Keep job={job} tile={tile} />
      <Vary job={job} />
      <Verdict tile={tile} />
    </div>
  );
}

export function Toggle(props: { label: string; on: boolean; toggle: () => void }) {
  return (
    <button type="button" aria-pressed={props.on} onClick={props.toggle}>
      {props.label}
    </button>
  );
}

export const percent = (part: number): string => `${Math.round(100 * part)} %`;
