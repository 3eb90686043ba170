"""Short tortures of the production server, and a clock that jumps; `make torture` runs the long ones."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from factcheck.dates import stamp
from tests.conftest import CLAIM, VERDICT, Newsroom
from tests.test_faults import immutable, may
from tests.torture.promises import hold_desk
from tests.torture.server import Server
from tests.torture.tortures import bulks, imports, kills, load, migrations, small_files, starvation, stops

Note = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def noted(record_property: Callable[[str, object], None]) -> Note:
    """Put figures beside the test's result, and give them."""

    def note(figures: dict[str, Any]) -> dict[str, Any]:
        for name, figure in figures.items():
            record_property(name, figure)
        return figures

    return note


def test_it_works(tmp_path: Path, noted: Note) -> None:
    figures = noted(kills(tmp_path, times=8))
    assert figures["acknowledged writes"] > 200
    assert figures["of them sent more than once"] > 8


def test_a_migration_that_is_killed(tmp_path: Path, noted: Note) -> None:
    figures = noted(migrations(tmp_path, times=2, claims=30))
    assert sum(figures["what they left"].values()) == 2


def test_a_bulk_that_is_killed(tmp_path: Path, noted: Note) -> None:
    figures = noted(bulks(tmp_path, times=1, claims=300))
    assert figures["lines answered again"] > 0


def test_an_import_that_is_killed(tmp_path: Path, noted: Note) -> None:
    figures = noted(imports(tmp_path, times=1, claims=300))
    assert sum(figures["what they left"].values()) == 1


def test_it_stops_under_writers(tmp_path: Path, noted: Note) -> None:
    assert noted(stops(tmp_path, times=2))["longest stop in seconds"] < 10


def test_writers_and_readers(tmp_path: Path, noted: Note) -> None:
    figures = noted(load(tmp_path, seconds=5))
    assert figures["revisions of a stale version refused"] > 10
    assert figures["pages held against themselves"] > 100


def test_files_that_may_not_grow(tmp_path: Path, noted: Note) -> None:
    assert noted(starvation(tmp_path, [small_files]))["refusals"].keys() == {507}


def test_a_disk_that_fails_under_writers(tmp_path: Path, noted: Note) -> None:
    image, disk = tmp_path / "image", tmp_path / "disk"

    @contextmanager
    def filled(server: Server) -> Iterator[None]:
        # The writers take what room there is, too.
        with suppress(OSError):
            (disk / "filler").write_bytes(b"x" * 64_000_000)
        yield
        (disk / "filler").unlink()

    @contextmanager
    def fixed(server: Server) -> Iterator[None]:
        with immutable(server.database), immutable(Path(f"{server.database}-wal")):
            yield

    @contextmanager
    def broken(server: Server) -> Iterator[None]:
        (Path("/sys/fs/ext4") / device(disk) / "trigger_fs_error").write_text("a fault")
        yield
        # Such a disk is repaired before it is used again.
        server.stop()
        subprocess.run(["umount", str(disk)], check=True)
        subprocess.run(["e2fsck", "-fy", str(image)], check=False, capture_output=True)
        assert may("mount", *AS_DISK, str(image), str(disk))
        server.start()
        server.await_answers()

    with ext4(image, disk):
        noted(starvation(disk, [filled, fixed, broken]))


# On a fault such a disk turns read-only, as those of servers do.
AS_DISK = ("-o", "loop,errors=remount-ro")


@contextmanager
def ext4(image: Path, folder: Path) -> Iterator[None]:
    """Put a small disk of its own, which lies in a file, under a folder."""
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(64_000_000)
    if not (may("mkfs.ext4", "-q", "-F", str(image)) and may("mount", *AS_DISK, str(image), str(folder))):
        pytest.skip("only root can mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def device(folder: Path) -> str:
    """Name the device that is mounted there."""
    told = subprocess.run(
        ["findmnt", "-no", "SOURCE", str(folder)], capture_output=True, check=True, text=True
    )
    return Path(told.stdout.strip()).name


HOURS = (0, 30, -50, -50, 1, -9_000, 29.999, 31, 0)


def test_a_clock_that_jumps(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = datetime.now(UTC)
    for number, hours in enumerate(HOURS):
        at = stamp(begun + timedelta(hours=hours))
        monkeypatch.setattr("factcheck.web.contract.now", lambda at=at: at)
        key = {"Idempotency-Key": f"jump-{number}"}
        made = newsroom.editor.post("/v1/claims", {**CLAIM, "text": f"Statement {number}."}, headers=key)
        assert made.status_code == 201
        claim = f"/v1/claims/{made.json['id']}"
        for path, draft in ((f"{claim}/verdicts", VERDICT), (f"{claim}/stage", {"stage": "published"})):
            assert newsroom.editor.post(path, draft).status_code in (200, 201)
        again = newsroom.editor.post("/v1/claims", {**CLAIM, "text": f"Statement {number}."}, headers=key)
        assert (again.data, again.headers["Idempotent-Replayed"]) == (made.data, "true")
        # The last word stands, whatever the clock said.
        second = newsroom.editor.post(f"{claim}/verdicts", {**VERDICT, "status": "unclear"})
        read = newsroom.editor.get(claim).json
        assert read["standing"]["decided_by"] == second.json["id"]
        assert read["created_at"] <= read["standing"]["since"] == read["updated_at"]
    times = [at for (at,) in newsroom.db.conn.execute("SELECT at FROM events ORDER BY seq")]
    assert times == sorted(times)
    assert times[-1] == stamp(begun + timedelta(hours=31)), "as soon as the clock is right again, it is used"
    listed = newsroom.anonymous.get("/v1/claims?sort=created_at").json["items"]
    assert [claim["id"] for claim in listed] == list(range(1, len(HOURS) + 1))
    newsroom.desk.close()
    hold_desk(Path(newsroom.settings.database), [])
