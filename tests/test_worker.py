"""A job travels from the door through the queue to a worker process and back."""

import asyncio
from pathlib import Path

from tests.queue.engines import TILE
from tests.queue.street import street


def test_a_job_travels_to_a_worker_and_back(tmp_path: Path) -> None:
    async def travel() -> None:
        async with street(tmp_path) as there:
            with there.hire(), there.carrier.watch("one") as events:
                row = there.accept("one ticks=8")
                await there.all_end()

                assert (row.state, row.attempt) == ("COMPLETED", 1)
                assert row.outcome is not None
                output = row.outcome["output"]
                assert there.blobs.get(output["blob"]) == TILE + b" of a photo"
                assert output["content_type"] == "image/webp"
                assert output["file_name"] == "one.webp"
                assert (output["width"], output["height"]) == (32, 16)
                assert output["report"]["prompt"] == "one ticks=8"

                heard = [await events.get()]
                while heard[-1].kind != "done":
                    heard.append(await events.get())
                assert heard[-1].state == "COMPLETED"
                stages = [event.progress.stage for event in heard if event.progress]
                assert stages == [f"stage {number}" for number in range(4)]
                assert there.carrier.progress("one") is None

    asyncio.run(travel())
