/** Why a request waits before it is sent, and for how long. */

import { useEffect, useState } from "preact/hooks";
import { held } from "./held";

const SECOND = 1000;

export function Patience() {
  const [now, tick] = useState(Date.now());
  const waits = held.value;
  useEffect(() => {
    if (!waits) return;
    tick(Date.now());
    const timer = setInterval(() => tick(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, [waits]);
  if (!waits) return null;
  const left = Math.max(1, Math.ceil((waits.until - now) / SECOND));
  const why = waits.sentence.split(";")[0] ?? "";
  return (
    <div class="patience">
      <p role="status">{why.charAt(0).toUpperCase() + why.slice(1)}.</p>
      <p>It is sent again in {left} s.</p>
      <button type="button" onClick={waits.stop}>
        Do not wait
      </button>
    </div>
  );
}
