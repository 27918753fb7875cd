"""The doctor: what works and what does not, one line a check, and which source suits this user."""

import sys
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.command_line import run
from flows.ending import USUAL, ends_in_one_line
from flows.form import explained
from flows.parameters import CatalogOption, ChartOption, LakeOption, PlaylistOption, SourceOption
from tasks.doctor import examine_all, heard_by, report_diagnosis
from tasks.settings import run_settings
from top50.checks.doctor import refused
from top50.errors import SettingsError


@flow(name="doctor", timeout_seconds=USUAL, retries=0, persist_result=False)
@ends_in_one_line
@explained
def doctor(
    chart: ChartOption = None,
    source: SourceOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Check everything; it asks Spotify at most five times and leaves nothing behind."""
    try:
        settings = run_settings(chart=chart, source=source, playlist=playlist, lake=lake, catalog=catalog)
        diagnosis = examine_all(settings)
    except SettingsError as error:
        diagnosis = refused(error)
    report_diagnosis(diagnosis)
    return (Completed if diagnosis.healthy else Failed)(message=diagnosis.message)


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with heard_by(_show):
        run(doctor, shows_itself=True)
