"""Following a ledger that grows."""

from __future__ import annotations

from pathlib import Path

from ksweep.store import LedgerTail
from store.making import finish, lay_out


def test_each_result_is_handed_out_once(tmp_path: Path) -> None:
    results = lay_out(tmp_path, 3)
    tail = LedgerTail(results.ledger_path)
    assert tail.read() == []
    first = finish(results, results.entries[0])
    assert tail.read() == [first]
    assert tail.read() == []
    others = [finish(results, entry) for entry in results.entries[1:]]
    assert tail.read() == others


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    results = lay_out(tmp_path, 2)
    one = finish(results, results.entries[0])
    path = Path(results.ledger_path)
    whole = path.read_bytes()
    tail = LedgerTail(str(path))
    path.write_bytes(whole[:40])
    assert tail.read() == []
    with path.open("ab") as file:
        file.write(whole[40:])
    assert tail.read() == [one]


def test_a_ledger_that_was_written_anew_is_read_again(tmp_path: Path) -> None:
    results = lay_out(tmp_path, 2)
    found = [finish(results, entry) for entry in results.entries]
    path = Path(results.ledger_path)
    tail = LedgerTail(str(path))
    assert tail.read() == found
    new = path.with_name("new")
    new.write_bytes(b"damaged\n" + path.read_bytes())
    new.replace(path)
    assert tail.read() == found
