/** The same wish, arranged otherwise. */

import { useState } from "preact/hooks";
import { PARAMETERS } from "./described";
import { type Job, make } from "./jobs";

const LARGEST_SEED = PARAMETERS.find((one) => one.name === "seed")?.maximum ?? 1;
const AT_ONCE = 4;

const drawn = (): number => Math.floor(Math.random() * LARGEST_SEED);

export function Vary({ job }: { job: Job }) {
  const [busy, be] = useState(false);

  async function another(times: number): Promise<void> {
    be(true);
    for (let made = 0; made < times; made++) await make({ seed: drawn() }, job);
    be(false);
  }

  return (
    <div class="vary" role="group" aria-label="Vary">
      <button type="button" disabled={busy} onClick={() => void another(1)}>
        Another arrangement
      </button>
      <button type="button" disabled={busy} onClick={() => void another(AT_ONCE)}>
        Four at once
      </button>
      <span class="hint">The same photo and words with other seeds.</span>
    </div>
  );
}
