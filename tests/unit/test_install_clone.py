"""The pull step that installs requirements.lock: never another Prefect than the one that runs it."""

from deployments.install_clone import LOCK, another_prefect

HASHES = " \\\n    --hash=sha256:00\n"


def test_the_lock_of_this_release_is_installed_by_its_own_prefect_alone() -> None:
    lock = f"polars==2.1.0{HASHES}prefect==3.9.1{HASHES}prefect-aws==0.7.12{HASHES}"
    assert another_prefect("3.9.1", lock) == ""
    assert another_prefect("3.9.2", lock) == (
        "this worker runs Prefect 3.9.2, and requirements.lock has 3.9.1. Install the worker from "
        "requirements.lock, or give its work pool the image prefecthq/prefect:3.9.1-python3.11."
    )


def test_the_lock_names_one_prefect() -> None:
    assert "requirements.lock has 3." in another_prefect("none", LOCK.read_text())
