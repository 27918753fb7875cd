"""`flows.weekly_chart` with a time limit of seconds."""

from flows.shared.command_line import run_flow
from flows.weekly_chart import weekly_chart

LIMIT = 6.0

hurried = weekly_chart.with_options(timeout_seconds=LIMIT)

if __name__ == "__main__":
    run_flow(hurried)
