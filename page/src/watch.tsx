/** How far a job is. */

import { useState } from "preact/hooks";
import { type Job, cancel } from "./jobs";
import { useLead } from "./lead";

export function Watch({ job }: { job: Job }) {
  const [leaving, leave] = useState(false);
  const off = useLead<HTMLButtonElement>();
  const { status } = job;
  const fraction = status?.progress ?? (status?.status === "COMPLETED" ? 1 : undefined);
  return (
    <div class="card watch">
      <p role="status">{words(job)}</p>
      <progress max="1" {...(fraction !== undefined && { value: fraction })} aria-label="Progress" />
      <p class="hint">{outlook(job)}</p>
      <button
        type="button"
        ref={off}
        disabled={leaving}
        onClick={() => {
          leave(true);
          void cancel(job.id).finally(() => leave(false));
        }}
      >
        Cancel
      </button>
    </div>
  );
}

function words({ status }: Job): string {
  if (!status) return "Asking how far it is…";
  switch (status.status) {
    case "QUEUED": {
      if (status.waiting_for) return `Waiting for ${status.waiting_for}`;
      const place = status.queue_position;
      return place && place > 1 ? `Waiting: number ${place} in the queue` : "Waiting for a worker";
    }
    case "COMPLETED":
      return "Done";
    default: {
      const stage = status.stage ?? "begin";
      return stage.charAt(0).toUpperCase() + stage.slice(1);
    }
  }
}

function outlook({ status }: Job): string {
  const left = status?.eta_seconds;
  const told = typeof left === "number" ? `About ${Math.max(1, Math.round(left))} s to go. ` : "";
  return `${told}You may close this page: the tile will be here when you come back.`;
}
