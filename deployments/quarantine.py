"""The list of refused raw objects, as a command."""

from tasks.aws import open_to_look
from top50.command import run_command
from top50.options import command
from top50.raw.quarantine import command as command_to_put_back
from top50.raw.quarantine import list_quarantine, read_reasons
from top50.settings import load_settings
from top50.text import one_line


@command("deployments.quarantine", "Everything comes from the environment or .env; see the README.")
def main() -> None:
    """List what is in the lake's quarantine: why, since when, and the command that puts it back."""
    lake = open_to_look(load_settings())
    quarantined = list_quarantine(lake)
    if not quarantined:
        print(f"Nothing is in quarantine in {lake.address}.")
    reasons = read_reasons(lake, [raw.key for raw in quarantined])
    for raw, reason in zip(quarantined, reasons, strict=True):
        print(one_line(raw.key))
        print(f"  why:   {reason}")
        print(f"  size:  {raw.size:,} bytes, since {raw.since:%Y-%m-%d %H:%M} UTC")
        print(f"  again: {command_to_put_back(raw.key)}")


if __name__ == "__main__":
    run_command(main)
