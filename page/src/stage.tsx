/** The picture: where a photo arrives, the photo, the work on it, the tile. */

import type { ComponentChildren } from "preact";
import { hovering, picked, takeExample } from "./arrival";
import { Draw } from "./draw";
import { CREDIT, EXAMPLES } from "./examples";
import { Judge } from "./judge";
import { type Job, chosen, forget, isCancelled, make } from "./jobs";
import { useLead, useStay } from "./lead";
import { Outlined } from "./outlined";
import { ended, isTile } from "./service";
import { useBase } from "./useBase";
import { Watch } from "./watch";
import { BASE, TAKEN, faults, photo } from "./wish";

export function Stage() {
  const job = chosen.value;
  const place = useStay<HTMLElement>(job ? 1 : 0);
  return (
    <section
      class={hovering.value ? "stage hovering" : "stage"}
      ref={place}
      tabIndex={-1}
      aria-label="Picture"
      data-photo={BASE}
    >
      {job ? <OfJob key={job.id} job={job} /> : <BeforeJob />}
    </section>
  );
}

function BeforeJob() {
  const base = photo.value;
  if (!base) return <Arrival />;
  return <Draw key={base.id} photo={base} />;
}

/** Whether nothing can be dropped or pasted here, as there is only a hand. */
const HAND = matchMedia("(hover: none) and (pointer: coarse)").matches;

function Arrival() {
  const wrong = faults.value.get(BASE); // beside the field it may be out of sight
  return (
    <div class="arrival">
      <h2>{HAND ? "Begin with a photo" : "Drop a photo here"}</h2>
      {wrong && <p class="fault">{wrong}</p>}
      {!HAND && <p>or paste one, or</p>}
      <label class="button primary">
        choose a photo
        <input
          class="unseen"
          type="file"
          accept={TAKEN}
          multiple
          onChange={(event) => picked(event.currentTarget, BASE)}
        />
      </label>
      <label class="button camera">
        take one
        <input
          class="unseen"
          type="file"
          accept={TAKEN}
          capture="environment"
          onChange={(event) => picked(event.currentTarget, BASE)}
        />
      </label>
      <p>or try one of these:</p>
      <ul class="examples">
        {EXAMPLES.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => void takeExample(example)}>
              <img src={example.small} alt="" width="144" height="144" />
              {example.label}
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">{CREDIT}</p>
    </div>
  );
}

function OfJob({ job }: { job: Job }) {
  const { status, lost } = job;
  if (lost) return <Ended job={job} title="It is gone" sentence={lost} />;
  if (status && isTile(status)) return <Judge job={job} tile={status} />;
  if (status && ended(status) && status.status === "FAILED") {
    const cancelled = isCancelled(job);
    return (
      <Ended
        job={job}
        title={cancelled ? "Cancelled" : "No tile came of it"}
        sentence={cancelled ? "Nothing was charged." : (status.error ?? "The service gave no reason.")}
      />
    );
  }
  return (
    <Behind job={job}>
      <Watch job={job} />
    </Behind>
  );
}

function Ended({ job, title, sentence }: { job: Job; title: string; sentence: string }) {
  const heading = useLead<HTMLHeadingElement>();
  return (
    <Behind job={job}>
      <div class="card" role="alert">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <p>{sentence.charAt(0).toUpperCase() + sentence.slice(1)}</p>
        <div class="row">
          <button type="button" class="primary" onClick={() => void make({}, job)}>
            Make it again
          </button>
          <button type="button" onClick={() => forget(job.id)}>
            Back to the photo
          </button>
        </div>
      </div>
    </Behind>
  );
}

/** Something said before the job's own photo. */
function Behind({ job, children }: { job: Job; children: ComponentChildren }) {
  const base = useBase(job);
  return (
    <figure class="photo behind">
      {base && <Outlined url={base.url} name={base.name} outlines={[]} />}
      {children}
    </figure>
  );
}

