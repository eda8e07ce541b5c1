"""What the report says of a painted tile."""

from tilewright import __version__
from tilewright.contract import Diffusion, LoraUsed, Report, StageTime, TileRequest
from tilewright.engine.finish import Finished, quality_notes
from tilewright.engine.qwen.heal import Seams
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.paint import Order, clean
from tilewright.engine.qwen.sight import Sight


def told(
    request: TileRequest,
    model: Model,
    order: Order,
    sight: Sight,
    seams: Seams,
    finished: Finished,
    stages: list[StageTime],
) -> Report:
    """The report; `tilewright.contract.report` says what each part means."""
    return Report(
        engine="qwen",
        engine_version=__version__,
        seed=order.seed,
        prompt=request.prompt,
        width=order.size[0],
        height=order.size[1],
        image_format=request.image_format,
        quality=request.quality,
        file_size=len(finished.data),
        surface=sight.surface,
        straightened="straightened by the model",
        method=_method(request, order, seams),
        scale=None,
        diffusion=Diffusion(
            mode=order.mode,
            steps=order.steps,
            guidance=order.guidance,
            weights=model.weights.digest,
            loras=_loras(model, order),
            seamless=order.axes,
            seam_before=seams.before,
            healed=seams.healed,
            plan=model.plan.name,
        ),
        score=finished.score,
        stages=stages,
        notes=[*_notes(request, model, order), *quality_notes(request.quality, finished.quality)],
    )


def _loras(model: Model, order: Order) -> list[LoraUsed]:
    lightning = [model.lightning[order.mode]] if MANNERS[order.mode].lightning else []
    worn = [
        LoraUsed(name=one.name, sha256=one.sha256, weight=one.weight)
        for one in (*lightning, *order.loras)
    ]
    return [model.texture, *worn]


def _method(request: TileRequest, order: Order, seams: Seams) -> str:
    words = f"painted by the diffusion model in {order.steps} steps, mode {order.mode}"
    if request.match_color:
        words += "; in the surface's own colors"
    if seams.healed:
        words += "; its wraps cut anew"
    return words


def _notes(request: TileRequest, model: Model, order: Order) -> list[str]:
    notes = []
    if order.words != clean(request.prompt):
        notes.append(
            f"The prompt is longer than the model reads: what follows after "
            f"{order.words[-40:]!r} was left out."
        )
    if order.axes != "xy":
        notes.append(f"Made to wrap along {order.axes}, as asked; the other scores say nothing.")
    if model.plan.transformer != "resident":
        notes.append(f"The card holds only a part of the model: {model.plan.price}.")
    return notes
