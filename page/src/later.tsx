/** A part of the page that is loaded only when somebody goes there. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function Later({ load }: { load: () => Promise<ComponentType> }) {
  const [Part, show] = useState<ComponentType>();
  const [failed, fail] = useState(false);
  const [tries, again] = useState(0);
  useEffect(() => {
    let here = true;
    load().then(
      (part) => here && show(() => part),
      () => here && fail(true),
    );
    return () => {
      here = false;
    };
  }, [load, tries]);
  if (Part) return <Part />;
  if (!failed) return <p role="status">Loading…</p>;
  return (
    <div class="card" role="alert">
      <p>This part of the page could not be loaded. Nothing you entered is lost.</p>
      <button type="button" onClick={() => (fail(false), again(tries + 1))}>
        Try again
      </button>
    </div>
  );
}
