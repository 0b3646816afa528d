"""Opus in, AAC out: what players understand that cannot hold a socket. Packed audio for HLS (RFC 8216 §3.4)."""

import struct

import av
import numpy as np

from live.engine import wire

RATE = 48_000
FRAME = 1024  # samples in one AAC frame
LATE = 2  # frames the encoder holds back: so much silence pushes the last word out
BIT_RATE = 48_000
CLOCK = 90_000  # of the time stamp in front of every segment
OWNER = b"com.apple.streaming.transportStreamTimestamp\0"


class Encoder:
    """Sound of one lesson, one AAC frame after the other."""

    def __init__(self) -> None:
        self.decoder = av.CodecContext.create("opus", "r")
        self.decoder.sample_rate, self.decoder.layout = RATE, "mono"
        self.encoder = av.CodecContext.create("aac", "w")
        self.encoder.sample_rate, self.encoder.layout, self.encoder.format = RATE, "mono", "fltp"
        self.encoder.bit_rate = BIT_RATE
        self.encoder.options = {"aac_coder": "fast"}  # a third of the work; a voice does not hear it
        self.rest = np.zeros(0, np.float32)

    def packet(self, packet: bytes) -> list[bytes]:
        """The frames that one Opus packet completes; a broken packet is as long as it says, and silent."""
        try:
            parts = [frame.to_ndarray()[0] for frame in self.decoder.decode(av.Packet(packet))]
        except av.FFmpegError:
            parts = []
        wanted = wire.packet_units(packet) * wire.SAMPLES_PER_UNIT
        pcm = np.concatenate([*parts, np.zeros(wanted, np.float32)])[:wanted]
        return self._feed(pcm)

    def silence(self, samples: int) -> list[bytes]:
        return self._feed(np.zeros(samples, np.float32))

    def flush(self) -> list[bytes]:
        """Whatever was said is in a frame after this; a little silence follows it."""
        return self.silence(-len(self.rest) % FRAME + LATE * FRAME)

    def _feed(self, pcm: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> list[bytes]:
        self.rest = np.concatenate([self.rest, pcm])
        made: list[bytes] = []
        while len(self.rest) >= FRAME:
            block, self.rest = self.rest[:FRAME], self.rest[FRAME:]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), format="fltp", layout="mono")
            frame.sample_rate = RATE
            made += [_adts(bytes(packet)) for packet in self.encoder.encode(frame)]
        return made


def segment(frames: list[bytes], *, at: int) -> bytes:
    """A segment file whose first sample is the one of this number."""
    stamp = OWNER + struct.pack("!Q", at * CLOCK // RATE & (1 << 33) - 1)
    private = b"PRIV" + _syncsafe(len(stamp)) + b"\0\0" + stamp
    return b"".join((b"ID3\4\0\0", _syncsafe(len(private)), private, *frames))


def _adts(data: bytes) -> bytes:
    """AAC LC, 48 kHz, mono, without checksum (ISO/IEC 13818-7 §6.2)."""
    size = len(data) + 7
    return bytes((0xFF, 0xF1, 0x4C, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC)) + data


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
