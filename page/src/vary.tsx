/** The same photo otherwise: in another arrangement, in another shape, from another region. */

import { useState } from "preact/hooks";
import { PARAMETERS } from "./described";
import { type Job, make, revise } from "./jobs";
import { RatioMark, ratioName } from "./ratios";
import type { Tile } from "./service";
import type { Values } from "./wish";

const LARGEST_SEED = PARAMETERS.find((one) => one.name === "seed")?.maximum ?? 1;
const AT_ONCE = 4;
const RATIO = PARAMETERS.find((one) => one.name === "aspect_ratio");

const drawn = (): number => Math.floor(Math.random() * LARGEST_SEED);

export function Vary({ job, tile }: { job: Job; tile: Tile }) {
  const [busy, be] = useState(false);

  async function each(wishes: readonly Values[], from: Job): Promise<void> {
    be(true);
    for (const wish of wishes) await make(wish, from);
    be(false);
  }

  const another = (times: number) =>
    each(Array.from({ length: times }, () => ({ seed: drawn() })), job);
  return (
    <div class="vary" role="group" aria-label="Vary">
      <button type="button" disabled={busy} onClick={() => void another(1)}>
        Another arrangement
      </button>
      <button type="button" disabled={busy} onClick={() => void another(AT_ONCE)}>
        Four at once
      </button>
      <button type="button" onClick={() => void revise(job)}>
        Another region
      </button>
      <div class="shapes" role="group" aria-label="Another shape">
        <span class="hint">The same in</span>
        {shapesBut(job).map((choice) => (
          <button
            key={choice}
            type="button"
            disabled={busy}
            title={`The same in the shape ${ratioName(choice)}`}
            onClick={() => void each([{ aspect_ratio: choice, seed: tile.seed }], unsized(job))}
          >
            <RatioMark choice={choice} />
            {ratioName(choice)}
          </button>
        ))}
      </div>
    </div>
  );
}

function shapesBut({ values }: Job): readonly string[] {
  const free = values.width !== undefined && values.height !== undefined;
  const now = free ? undefined : (values.aspect_ratio ?? RATIO?.default);
  return (RATIO?.choices ?? []).filter((choice) => choice !== now);
}

/** Width and height together leave a shape nothing to say. */
function unsized(job: Job): Job {
  const { height: _, ...values } = job.values;
  return values.width === undefined ? job : { ...job, values };
}
