#!/usr/bin/python3
"""Decodes the recorded frames with another msgpack implementation (package python3-msgpack).

    golden_frames_test.py FOLDER     of *.hex files, one frame each

What each must mean is written down here a second time, apart from the C++ code.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

import golden_frames  # noqa: E402  (found through the line above)

KEY_LIVE = 0x0102030405060708
KEY_GONE = 0x1122334455667788
LIVE = [KEY_LIVE, bytes(range(1, 17)), 27_000_000_000, 3, 1, bytes([10, 0, 0, 7]), 8000, 2 | 4 | 8,
        0xFEDCBA9876543210, "rack-4", 1, 1, 2, 2, 3, 2]
ADDRESS_GONE = b"\xfd" + bytes(14) + b"\x01"
DEAD = [KEY_GONE, None, 26_999_999_999, 7, 2, 1, ADDRESS_GONE, 8001, 2, 5, 1, 61]
LEFT = [KEY_GONE, None, 26_999_999_999, 7, 3, 1, ADDRESS_GONE, 8001, 2, 5, 0, 0]
VALUE = [b"apple", 0x0190F00D12340001, 0, 1_900_000_000_000, b"red\x00\xff"]
TOMBSTONE = [b"\x00k/", 1, 1, 0, b""]
MEMBERS = [LIVE, DEAD, LEFT]
BUCKETS = (1 << 0 | 1 << 9 | 1 << 255).to_bytes(32, "little")

FRAMES = {
    "store": [16, 1, 0x1111111111111111, KEY_LIVE, *VALUE],
    "store_reply": [17, 2, 1, 0x0190F00D12340002, 1, 0xABCDEF0123456789, MEMBERS, 7],
    "read": [18, 300, 0x2222222222222222, b"apple"],
    "read_reply": [19, 70_000, 1, 0, [], 1, *VALUE],
    "list_notice": [22, 0, MEMBERS],
    "note": [23, 8, 0x5555555555555555, 4095, [KEY_LIVE, 9]],
    "note_reply": [24, 9, 1, 0xABCDEF0123456789, MEMBERS],
    "behind": [25, 0x8000000000000001, KEY_LIVE, [0, 127, 65_535]],
    "behind_reply": [26, 0x8000000000000001],
    "compare": [27, 10, 0x3333333333333333, 4095, 0x4444444444444444, 1_800_000_000_000],
    "compare_reply": [28, 11, 0, 0, 0, [], b"".join((n << 32).to_bytes(8, "big") for n in range(256)),
                      1_800_000_000_001, 1, 0],
    "versions": [29, 12, 0x3333333333333333, 7, BUCKETS, 0x0500000000000000, 1_800_000_000_002],
    "versions_reply": [30, 13, 0, 0x0512345678ABCDEF, 0, 0, [],
                       [b"apple", 0x0190F00D12340001, 0x1234567890ABCDEF, b"\x00k/", 1, 2], 0],
    "fetch": [31, 14, 0x3333333333333333, 7, [b"apple", b"\x00k/"]],
    "fetch_reply": [32, 15, 0, 2, 0, [], [*VALUE, *TOMBSTONE], 1],
    "give": [33, 16, 0x3333333333333333, 7, [*VALUE, *TOMBSTONE]],
    "give_reply": [34, 17, 3, 0xABCDEF0123456789, MEMBERS, [*TOMBSTONE], 0],
    "pull": [35, 18, 0x3333333333333333, 7, BUCKETS, 6, 1_800_000_000_003],
    "pull_reply": [36, 7, 0, 99, 1, 0, [], [*VALUE, *TOMBSTONE], 1],
    "in_sync": [37, 19, [0, 0x6666666666666666, 65_535, 1]],
    "in_sync_reply": [38, 20, 10, bytes([1, 2]), 65_535, 0xABCDEF0123456789, MEMBERS],
}


def opened(name, frame):
    """A member record is an array of its own, in bytes."""
    if name not in ("store_reply", "list_notice", "note_reply", "give_reply",
                    "in_sync_reply"):
        return frame

    def is_list(element):
        return isinstance(element, list) and element and all(isinstance(e, bytes) for e in element)

    return [[golden_frames.unpack(e) for e in element] if is_list(element) else element
            for element in frame]


if __name__ == "__main__":
    sys.exit(golden_frames.check(FRAMES, opened))
