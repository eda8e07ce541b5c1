/** The tile: looked at in three ways, measured, and taken home. */

import { signal } from "@preact/signals";
import { Compare, othersThan } from "./compare";
import { Flat } from "./flat";
import { Keep } from "./keep";
import { Lit } from "./lit";
import type { Job } from "./jobs";
import { useLead } from "./lead";
import type { Tile } from "./service";
import { Toggle } from "./toggle";
import { Vary } from "./vary";
import { Verdict } from "./verdict";

const WAYS = { flat: "Repeated", lit: "In 3D", compared: "Compared" } as const;
type Way = keyof typeof WAYS;

/** The same for every tile, so that one after the other can be looked at in it. */
const wanted = signal<Way>("flat");

export function Judge({ job, tile }: { job: Job; tile: Tile }) {
  const heading = useLead<HTMLHeadingElement>({ preventScroll: true });
  const ways = (Object.keys(WAYS) as Way[]).filter(
    (one) => one !== "compared" || othersThan(job).length > 0,
  );
  const way = ways.includes(wanted.value) ? wanted.value : "flat";
  return (
    <div class="judge">
      <div class="ways" role="group" aria-label="Look at it">
        <h2 ref={heading} tabIndex={-1}>
          Your tile
        </h2>
        {ways.map((one) => (
          <Toggle key={one} label={WAYS[one]} on={way === one} toggle={() => (wanted.value = one)} />
        ))}
      </div>
      <Said tile={tile} />
      {way === "flat" && <Flat job={job} tile={tile} />}
      {way === "lit" && <Lit tile={tile} />}
      {way === "compared" && <Compare job={job} tile={tile} />}
      <Keep job={job} tile={tile} />
      <Vary job={job} tile={tile} />
      <Verdict tile={tile} />
    </div>
  );
}

/** The worst that is to be said of it, before one looks for the marks and notes below. */
function Said({ tile }: { tile: Tile }) {
  const { notes, score } = tile.report;
  return (
    <p class="said">
      <b>Overall {score.overall.toFixed(2)}.</b> {notes[0]} {score.words[0]}
    </p>
  );
}

export const percent = (part: number): string => `${Math.round(100 * part)} %`;
