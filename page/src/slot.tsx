/** The place of one photo: picked, looked at, taken away again. */

import { picked } from "./arrival";
import { PARAMETERS } from "./described";
import { Sentence } from "./fields";
import { TAKEN, dropPhoto, faults, photos } from "./wish";

export function PhotoSlot({ name, label }: { name: string; label: string }) {
  const photo = photos.value[name];
  const wrong = faults.value.get(name);
  const help = PARAMETERS.find((one) => one.name === name);
  return (
    <div class="field slot" data-photo={name}>
      <span class="label" id={`${name}-label`}>
        {label}
      </span>
      <div class="row">
        {photo && <img src={photo.url} alt="" width="56" height="56" />}
        <span class="file-name">{photo?.name ?? (help?.required ? "None yet" : help?.help)}</span>
        <label class="button">
          {photo ? "Change" : "Choose"}
          <input
            id={name}
            class="unseen"
            type="file"
            accept={TAKEN}
            aria-label={`${label}: choose a file`}
            aria-describedby={wrong ? `${name}-fault` : undefined}
            aria-invalid={wrong ? true : undefined}
            onChange={(event) => picked(event.currentTarget, name)}
          />
        </label>
        {photo && (
          <button type="button" aria-label={`${label}: remove`} onClick={() => dropPhoto(name)}>
            ×
          </button>
        )}
      </div>
      {wrong && <Sentence id={`${name}-fault`} text={wrong} />}
    </div>
  );
}
