"""The orchestrator fails: its API goes away, it restarts, its worker is killed, its runs are cancelled."""

from contextlib import ExitStack
from pathlib import Path

from tests.torture import api_away, restart, strikes, zombies
from tests.torture.scale import Scale
from tests.torture.tally import Tally
from tests.torture.work import open_work


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Let it fail in every way; a dead machine is noticed after ten minutes, while the others go on."""
    with ExitStack() as stack:
        bury = (lambda: []) if scale.quick else zombies.begin(stack, folder / "zombies")
        work = stack.enter_context(open_work(folder / "work"))
        away = api_away.torture(scale, folder / "away", work.server)
        restarted = restart.torture(folder / "restarted")
        return [*away, *restarted, *strikes.torture(scale, folder / "struck", work), *bury()]
