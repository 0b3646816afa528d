import pytest

from live.engine import journal
from live.engine.journal import Journal, Record

RECORDS = [Record(bytes((n,)) * (20 + n), n) for n in range(1, 30)]


def written(tmp_path):
    log = Journal(tmp_path / "000001.log")
    for record in RECORDS:
        log.append(record)
    log.close()
    return log.path


def test_what_was_written_down_is_read_back_in_order(tmp_path):
    written(tmp_path)
    assert list(journal.read(tmp_path)) == RECORDS


def test_a_log_cut_at_any_byte_loses_at_most_the_record_that_was_cut(tmp_path):
    data = written(tmp_path).read_bytes()
    for cut in range(len(data)):
        kept = list(journal.decode(data[:cut]))
        assert kept == RECORDS[: len(kept)]
        whole = sum(len(journal.encode(record)) for record in RECORDS[: len(kept) + 1])
        assert len(kept) == len(RECORDS) or cut < whole


def test_a_flipped_byte_anywhere_loses_at_most_one_record(tmp_path):
    data = written(tmp_path).read_bytes()
    for at in range(len(data)):
        flipped = data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :]
        kept = list(journal.decode(flipped))
        assert len(kept) >= len(RECORDS) - 1
        assert [record for record in kept if record not in RECORDS] == []


def test_a_lesson_that_was_never_spoken_has_an_empty_log(tmp_path):
    assert list(journal.read(tmp_path / "never")) == []


def test_epochs_are_read_in_their_order(tmp_path):
    for epoch in (2, 10, 1):
        log = Journal(tmp_path / f"{epoch:06d}.log")
        log.append(Record(str(epoch).encode(), epoch))
        log.close()
    assert [record.source for record in journal.read(tmp_path)] == [1, 2, 10]


def test_a_foreign_file_is_no_record():
    assert list(journal.decode(b"QKQKQK" * 500)) == []


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_records_of_every_size_are_kept(tmp_path, size):
    assert list(journal.decode(journal.encode(Record(bytes(size), 1)))) == [Record(bytes(size), 1)]


def test_a_log_in_which_nothing_was_said_is_not_kept(tmp_path):
    log = Journal(tmp_path / "000001.log")
    log.close()
    assert journal.files(tmp_path) == []
    log = Journal(tmp_path / "000001.log")
    log.append(Record(b"said", 1))
    log.close()
    assert journal.files(tmp_path) == [tmp_path / "000001.log"]
