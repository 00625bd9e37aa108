"""One writer to a folder: against a second process, against its sudden end, against a second thread."""

import errno
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from began_lib.machine import lock
from began_lib.machine.lock import sole_writer

HOLDING = """
import sys, time
from began_lib.machine.lock import sole_writer
with sole_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path, repository: Path):
    """Another process that holds the folder `tmp_path / "run"`."""
    words = [sys.executable, "-c", HOLDING, str(tmp_path / "run")]
    with subprocess.Popen(words, cwd=repository, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path, holder: subprocess.Popen) -> None:
    run = tmp_path / "run"
    with pytest.raises(ValueError, match=rf"another training is at work in {run}"), sole_writer(run):
        pytest.fail("two at once")
    holder.kill()
    holder.wait()
    with sole_writer(run):
        pass


def test_blocks_may_lie_in_each_other_and_threads_may_not(tmp_path: Path) -> None:
    refused: list[ValueError] = []

    def other() -> None:
        try:
            with sole_writer(tmp_path):
                pass
        except ValueError as error:
            refused.append(error)

    with sole_writer(tmp_path):
        with sole_writer(tmp_path / "sub" / ".."):
            pass
        thread = threading.Thread(target=other)  # the inner block has not let go
        thread.start()
        thread.join()
        with sole_writer(tmp_path):  # nor has the refused one
            pass
    assert len(refused) == 1
    with sole_writer(None), sole_writer(tmp_path):  # nothing is no folder
        pass


def test_a_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def none_here(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", none_here)
    with pytest.warns(UserWarning, match="train once at a time"), sole_writer(tmp_path):
        assert (tmp_path / lock.LOCK).is_file()
