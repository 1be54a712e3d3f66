#!/usr/bin/python3
"""Decodes the recorded membership frames with another msgpack implementation (python3-msgpack).

    golden_frames_test.py FOLDER     of *.hex files, one frame each

What each must mean is written down here a second time, apart from the C++ code.
"""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

import golden_frames  # noqa: E402  (found through the line above)

NONCE = 0x0102030405060708
KEY = 0x1122334455667788
BOOT = 28_000_000_000
DIGESTS = b"".join(struct.pack(">Q", i * 0x0101010101010101) for i in range(256))


def member_id(number):
    return bytes(range(number, number + 16))


def record(number):
    ident = member_id(number)
    return [int.from_bytes(ident[:8], "big"), ident, BOOT + number, 7, 0, bytes([10, 0, 0, number]), 8000,
            2 + 4 + 8, 0xFEEDFACE00000000 + number, "rack-4", 1, 2, 3, 2, 3, 2]


def tombstone(state, reason_or_kind):
    ident = member_id(9)
    address = bytes([0xFD]) + bytes(14) + bytes([9])
    return [int.from_bytes(ident[:8], "big"), ident, BOOT + 9, 8, state, reason_or_kind, address, 8009, 2 + 4 + 8,
            0xFEEDFACE00000009, 1, 59]


FRAMES = {
    "echo": [3, 1, NONCE, KEY, BOOT + 1, 1, 5],
    "echo_ok": [4, 1, NONCE, KEY, BOOT + 1, 70_000],
    "exchange": [5, 2, DIGESTS],
    "exchange_all": [5, 3, b""],
    "part": [6, 2, 9, [record(1), record(2)], [tombstone(2, 1), tombstone(3, 1)]],
    "end": [7, 2, 0xFEDCBA9876543210, 1000, bytes([0, 9, 255])],
    "busy": [8, 2, 250],
}


if __name__ == "__main__":
    sys.exit(golden_frames.check(FRAMES))
