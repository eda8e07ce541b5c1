/** What is asked for: photos, words, shape, and everything else that the service takes. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { several } from "./arrival";
import { Field, Sentence } from "./fields";
import { SUGGESTIONS } from "./examples";
import { GROUPS, OPEN } from "./groups";
import { make, sending } from "./jobs";
import { adrift } from "./lead";
import { Patience } from "./patience";
import { PhotoSlot } from "./slot";
import { engines, price } from "./offer";
import { BASE, asked, faults, photo, photos, refusal, setValue, values } from "./wish";

export function Panel() {
  const form = useRef<HTMLFormElement>(null);
  const before = useRef(0);
  useEffect(() => {
    const { size } = faults.value;
    const told = size > 0 && size >= before.current; // fewer: one is being mended
    if (told) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    before.current = size;
  }, [faults.value]);
  useEffect(() => {
    if (!photo.value || !adrift()) return;
    const ready = form.current?.querySelector<HTMLElement>("[type=submit]");
    (values.value.prompt ? ready : form.current)?.focus({ preventScroll: true });
  }, [photo.value]);
  return (
    <form
      class="panel"
      ref={form}
      aria-label="What to make"
      tabIndex={-1}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.submitter?.blur(); // it cannot be pressed while it is sent
        void make(asked.value);
      }}
    >
      <PhotoSlot name={BASE} label="Photo" />
      {several.value && (
        <p class="hint" role="status">
          {several.value}
        </p>
      )}
      <Field name="prompt" />
      {!values.value.prompt && <Suggestions />}
      {OPEN.map((name) => (
        <Field key={name} name={name} />
      ))}
      {GROUPS.map((group) => (
        <Group key={group.title} {...group} />
      ))}
      <div class="submit">
        <Refused />
        <Patience />
        <button class="primary" type="submit" disabled={sending.value || !photo.value}>
          {sending.value ? "Sending…" : "Make the tile"}
        </button>
        {!photo.value && <p class="hint">Choose a photo first.</p>}
        {!!price.value && photo.value && <p class="hint">${price.value} for each megapixel</p>}
      </div>
    </form>
  );
}

function Suggestions() {
  return (
    <div class="chips" role="group" aria-label="Suggestions">
      {SUGGESTIONS.map((words) => (
        <button key={words} type="button" onClick={() => setValue("prompt", words)}>
          {words.replace(/^Extract | texture|\.$/g, "")}
        </button>
      ))}
    </div>
  );
}

function Group(group: (typeof GROUPS)[number]) {
  const wrong = group.names.some((name) => faults.value.has(name));
  const mixed = group.names.filter((name) => name in photos.value).length;
  const given = mixed + group.names.filter((name) => name in values.value).length;
  const news = mixed ? several.value : "";
  const box = useRef<HTMLDetailsElement>(null);
  useLayoutEffect(() => {
    if (box.current && (wrong || news)) box.current.open = true; // whoever reads it closes it
  }, [wrong, news]);
  const offered = !group.engine || !engines.value.length || engines.value.includes(group.engine);
  if (!offered && !wrong && !given) return null; // nothing here could be made as it says
  return (
    <details ref={box}>
      <summary>
        {group.title}
        {given > 0 && <span class="count">{given} set</span>}
      </summary>
      {!offered && (
        <p class="hint">
          This service does not have the {group.engine} engine, and refuses these unless they are
          left alone.
        </p>
      )}
      {group.names.map((name) => (
        <Field key={name} name={name} />
      ))}
    </details>
  );
}

/** Why the last request was not accepted; what belongs to a field stands beside it. */
function Refused() {
  const wrong = [...faults.value.keys()];
  const drawn = wrong.length === 1 && wrong[0] === "region";
  const where = drawn ? "said at the photo" : "marked above";
  const text = wrong.length ? `Not accepted: see what is ${where}.` : refusal.value;
  return refusal.value ? <Sentence id="refused" text={text} /> : null;
}
