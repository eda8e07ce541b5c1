/** The photo that a job is of, as soon as the browser has it at hand. */

import { useEffect, useState } from "preact/hooks";
import { type Photo, findPhoto } from "./album";
import type { Job } from "./jobs";
import { BASE } from "./wish";

export function useBase(job: Job): Photo | undefined {
  const [photo, setPhoto] = useState<Photo>();
  const id = job.photos[BASE];
  useEffect(() => {
    if (id) void findPhoto(id).then(setPhoto);
  }, [id]);
  return photo;
}
