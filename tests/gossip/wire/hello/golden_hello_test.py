#!/usr/bin/python3
"""Decodes the recorded HELLO and AUTH frames with another msgpack implementation (package
python3-msgpack), and checks the tags with python's hmac.

    golden_hello_test.py FOLDER     of *.hex files, one frame each

What each must mean is written down here a second time, apart from the C++ code.
"""

import hashlib
import hmac
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "support"))

import golden_frames  # noqa: E402  (found through the line above)

FOUNDATION = struct.pack(">QQ", 1_700_000_000_000, 0x0123456789ABCDEF)
SIGNING = [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 0xFEDCBA9876543210, 26_562_500_000, 70_000, 3, 2,
           bytes(range(16)), 1]
ACCEPTING = [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 5, 26_562_500_000, 70_000, 3, 2, bytes(range(16, 32)), 1]
SECRET = b"correct horse battery staple"


def auth(direction):
    hellos = golden_frames.framed(SIGNING) + golden_frames.framed(ACCEPTING)
    signed = b"velour fog peer AUTH" + bytes([direction]) + hellos
    return [2, 0, hashlib.sha256(SECRET).digest()[0], hmac.new(SECRET, signed, "sha256").digest()[:16]]


FRAMES = {
    "signing": SIGNING,
    "auth_from_connecting": auth(0),
    "auth_from_accepting": auth(1),
    "founded": [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 0xFEDCBA9876543210, 26_562_500_000, 70_000, 3, 2,
                bytes(range(16))],
    "unfounded": [1, 0, 1, 1, 0, b"", 1, 0, 0, 0, 0, bytes(16)],
}


if __name__ == "__main__":
    sys.exit(golden_frames.check(FRAMES))
