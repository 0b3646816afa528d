"""The listeners of the bench, who also compare what they are given: `gallery.py PORT TICKETS SUMS`.

Whoever is cut off comes back where she was. Of every frame the first listener notes the checksum, all others must have
the same; a report writes the notes to the file SUMS, to be compared with what the ingest wrote down.
"""

import json
import resource
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from ears import HEADER, Ears


class Gallery(Ears):
    def __init__(self, ports, tickets, notes):
        super().__init__(ports, tickets)
        self.notes, self.sums, self.different = Path(notes), {}, 0

    def sound(self, ear, data, body, end, now):
        _, _, epoch, seq, _, _ = HEADER.unpack_from(data, body)
        digest = zlib.crc32(data[body:end])
        if self.sums.setdefault((epoch, seq), digest) != digest:
            self.different += 1
        super().sound(ear, data, body, end, now)

    def lose(self, ear):
        if ear.inside and ear.ticket:
            self.returning.append((ear.port, ear.ticket, ear.epoch, ear.seq))
        super().lose(ear)

    def report(self):
        self.notes.write_text(json.dumps([[*place, digest] for place, digest in self.sums.items()]))
        return {**super().report(), "different": self.different}


if __name__ == "__main__":
    port, tickets, notes = sys.argv[1:]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Gallery([int(port)], iter(Path(tickets).read_text().split()), notes).run()
