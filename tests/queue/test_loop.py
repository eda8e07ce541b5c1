"""A door or a worker that is told to go in the midst of its start goes in peace."""

import subprocess
import sys

TOLD_AT_ONCE = """
import asyncio, os, signal, threading
from tilewright.queue.loop import run

def stop(number, frame):
    "As the command does, but only while the loop starts: before, a word is not for it."
    while frame:
        assert not frame.f_code.co_filename.endswith("runners.py"), "broken into"
        frame = frame.f_back

def once():
    leaving, heard = asyncio.Event(), threading.Event()
    signal.signal(signal.SIGTERM, stop)

    def tell():
        while not heard.wait(0.0002):
            os.kill(os.getpid(), signal.SIGTERM)

    async def work():
        await leaving.wait()
        heard.set()
        teller.join()

    teller = threading.Thread(target=tell)
    teller.start()
    run(work(), leaving.set)

for _ in range(200):
    once()
print("in peace")
"""


def test_a_word_to_go_breaks_into_nothing_whenever_it_comes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOLD_AT_ONCE], capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.stderr) == ("in peace\n", "")
