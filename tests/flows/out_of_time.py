"""`flows.weekly_chart` with a time limit of seconds."""

from flows.command_line import run
from flows.weekly_chart import weekly_chart

LIMIT = 6.0

hurried = weekly_chart.with_options(timeout_seconds=LIMIT)

if __name__ == "__main__":
    run(hurried)
