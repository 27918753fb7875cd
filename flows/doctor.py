"""The doctor: what works and what does not, one line a check, and which source suits this user."""

from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.shared.command_line import run_flow
from flows.shared.options import CatalogOption, ChartOption, LakeOption, PlaylistOption, SourceOption
from flows.shared.run import top50_flow
from tasks.doctor import examine_all, report_diagnosis
from tasks.settings import run_settings, runs_a_deployment
from top50.checks.doctor import refused
from top50.errors import SettingsError


@top50_flow("doctor")
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
        diagnosis = examine_all(settings, prints=not runs_a_deployment())
    except SettingsError as error:
        diagnosis = refused(error)
    report_diagnosis(diagnosis)
    return (Completed if diagnosis.healthy else Failed)(message=diagnosis.message)


if __name__ == "__main__":
    run_flow(doctor, prints_itself=True)
