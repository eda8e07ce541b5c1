"""The qwen engine: the hosted system's own model, made to wrap, and measured."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import torch
from PIL import Image

from tilewright import __version__
from tilewright.contract import EngineFailed, EngineLost, EngineUnavailable, TileRequest, tile_size
from tilewright.engine.choose import check, find
from tilewright.engine.embed import embed
from tilewright.engine.finish import finish
from tilewright.engine.protocol import Outcome, Photos, Tick
from tilewright.engine.qwen.adapters import Worn
from tilewright.engine.qwen.color import match_color
from tilewright.engine.qwen.heal import see_to_seams
from tilewright.engine.qwen.load import Model, load_model
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.paint import Encodings, Order, clean, fitting, paint, read
from tilewright.engine.qwen.shelf import Shelf
from tilewright.engine.qwen.sight import Sight, look, refuse_strip
from tilewright.engine.qwen.told import told
from tilewright.engine.qwen.weights.check import open_weights
from tilewright.engine.seed import true_seed
from tilewright.engine.stages import Progress, Stages
from tilewright.intake import Photo, decode

LOAD = ("load the model", 3.0)
STAGES = [
    ("open the photos", 0.02),
    ("read the words", 0.03),
    ("paint the tile", 0.80),
    ("see to its seams", 0.05),
    ("encode and measure it", 0.10),
]
"""With their shares of the time, at 40 steps."""


class QwenEngine:
    """Holds the model from its first tile on, and makes one tile at a time."""

    name = "qwen"
    version = __version__

    def __init__(self, options: QwenOptions) -> None:
        self._options = options
        self._shelf = Shelf(options)
        self._encodings = Encodings()
        self._model: Model | None = None

    def check(self, request: TileRequest) -> None:
        """Refuse what only the synthesis engine can do, and LoRAs from unknown hosts."""
        check(find(self.name, self._options), request)

    def warm(self) -> None:
        """Load the model, which takes a minute; nothing where it is loaded already."""
        self._model = self._model or self._load(_silent)

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        """Paint the tile, see to its seams, encode and measure it.

        Where the card runs out of memory, all that can be spared is freed and it is tried once
        more; then `EngineFailed` is raised, and the card is as it was. `EngineLost` is raised where
        the card cannot be used any more by this process.
        """
        for _ in range(2):
            with suppress(torch.OutOfMemoryError), _answering():
                return self._run(request, photos, tick)
            self._spare()  # not sooner: an error holds on to what was on the card
        raise EngineFailed(
            "the card ran out of memory, twice; ask for a smaller tile or fewer photos, or set "
            "TILEWRIGHT_QWEN_PLAN to one that needs less: tilewright doctor"
        )

    def _run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        stages = Stages(tick, STAGES if self._model else [STAGES[0], LOAD, *STAGES[1:]])
        stages.begin()
        photo = decode(photos.base)
        sight = look(photo, request)
        shown = _shown(sight, photos)
        model = self._model = self._model or self._load(stages.begin())
        loras = self._loras(model, request, stages.begin())
        order = self._order(model, request, photo, shown, loras)
        words = read(model, order, self._encodings)
        tile, border = paint(model, order, words, stages.begin())
        if request.match_color and sight.reference is not None:
            tile = match_color(tile, sight.reference)
        seams = see_to_seams(tile, order.axes, order.seed, stages.begin(), border)
        tried = partial(stages.begin(), 0.5)
        wanted = request.image_format, request.quality
        finished = finish(seams.tile, sight.reference, *wanted, tried, order.axes, same_scale=False)
        report = told(request, model, order, sight, seams, finished, stages.end())
        if request.embed_report:
            return Outcome(*embed(finished.data, report))
        return Outcome(finished.data, report)

    def _load(self, progress: Progress) -> Model:
        if self._options.weights is None:
            raise EngineUnavailable("no folder of weights is named; set TILEWRIGHT_WEIGHTS_DIR")
        with _answering():
            return load_model(open_weights(self._options.weights), self._options, progress)

    def _order(
        self,
        model: Model,
        request: TileRequest,
        photo: Photo,
        shown: tuple[Image.Image, ...],
        loras: list[Worn],
    ) -> Order:
        mode = request.mode or self._options.mode
        manner = MANNERS[mode]
        seen = request.reference_resolution
        return Order(
            words=fitting(model, clean(request.prompt)),
            photos=shown,
            size=tile_size(request, (photo.pixels.shape[1], photo.pixels.shape[0])),
            seed=true_seed(request),
            mode=mode,
            steps=request.steps or manner.steps,
            guidance=request.guidance or manner.guidance,
            axes=request.seamless,
            area=seen and seen * seen,
            loras=tuple(loras),
        )

    def _loras(self, model: Model, request: TileRequest, progress: Progress) -> list[Worn]:
        asked = {
            "lora_2": (request.lora_2_url, request.lora_2_weight),
            "lora_3": (request.lora_3_url, request.lora_3_weight),
        }
        worn = []
        for name, (url, weight) in asked.items():
            if url is not None:
                progress(0.0)  # each may take minutes to fetch
                worn.append(self._shelf.take(url, name, weight, model.shapes))
        return worn

    def _spare(self) -> None:
        """Give back all memory that the next tile can do without."""
        if self._model is not None:
            self._model.adapters.drop()
        self._encodings.forget()
        self._shelf.forget()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


@contextmanager
def _answering() -> Iterator[None]:
    """Raise `EngineLost` where the card cannot be used any more by this process."""
    try:
        yield
    except torch.AcceleratorError as error:
        reason = str(error).partition("\n")[0]
        raise EngineLost(f"the card no longer answers: {reason}; restart it") from error


def _shown(sight: Sight, photos: Photos) -> tuple[Image.Image, ...]:
    """The photos as the model is shown them, the surface's first."""
    others = [decode(data).pixels for data in (photos.blend, photos.layer) if data is not None]
    for pixels in others:
        refuse_strip(pixels)
    return tuple(Image.fromarray(pixels) for pixels in (sight.shown, *others))


def _silent(fraction: float, doing: str = "") -> None:
    """Nobody waits."""
