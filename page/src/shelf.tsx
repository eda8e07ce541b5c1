/** The tiles of this browser, in a row: the one that is looked at, and those before it. */

import { type Job, choose, chosen, forget, isCancelled, jobs } from "./jobs";
import { useStay } from "./lead";
import { ended, isTile, tileAddress } from "./service";
import { photo } from "./wish";

export function Shelf() {
  const all = jobs.value;
  const place = useStay<HTMLUListElement>(all.length);
  if (!all.length) return null;
  return (
    <ul class="shelf" ref={place} tabIndex={-1} aria-label="Your tiles">
      {photo.value && (
        <li>
          <button
            type="button"
            aria-current={chosen.value ? undefined : "true"}
            aria-label="The photo"
            onClick={() => choose("")}
          >
            <img src={photo.value.url} alt="" />
          </button>
        </li>
      )}
      {all.map((job) => (
        <Place key={job.id} job={job} />
      ))}
    </ul>
  );
}

function Place({ job }: { job: Job }) {
  const { status } = job;
  const done = status && isTile(status);
  return (
    <li>
      <button
        type="button"
        aria-current={job.id === chosen.value?.id ? "true" : undefined}
        aria-label={`${standing(job)}: ${String(job.values.prompt ?? "")}`}
        onClick={() => choose(job.id)}
      >
        {done ? (
          <img src={tileAddress(status)} alt="" loading="lazy" decoding="async" />
        ) : (
          <span aria-hidden="true">{job.lost ? "–" : sign(job)}</span>
        )}
      </button>
      {(job.lost || (status && ended(status))) && (
        <button type="button" class="away" aria-label="Put away" onClick={() => forget(job.id)}>
          ×
        </button>
      )}
    </li>
  );
}

function standing(job: Job): string {
  const { status, lost } = job;
  if (lost) return "Gone";
  if (isCancelled(job)) return "Cancelled";
  if (status?.status === "FAILED") return "Failed";
  if (status && isTile(status)) return "Tile";
  return typeof status?.progress === "number" ? `In the making, ${sign(job)}` : "In the making";
}

function sign(job: Job): string {
  const { status } = job;
  if (isCancelled(job)) return "⊘";
  if (status?.status === "FAILED") return "!";
  return typeof status?.progress === "number" ? `${Math.round(100 * status.progress)} %` : "…";
}
