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

import msgpack

FOUNDATION = struct.pack(">QQ", 1_700_000_000_000, 0x0123456789ABCDEF)
SIGNING = [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 0xFEDCBA9876543210, 26_562_500_000, 70_000, 3, 2,
           bytes(range(16)), 1]
ACCEPTING = [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 5, 26_562_500_000, 70_000, 3, 2, bytes(range(16, 32)), 1]
SECRET = b"correct horse battery staple"


def framed(meaning):
    body = msgpack.packb(meaning, use_bin_type=True)
    return struct.pack(">I", len(body)) + body


def auth(direction):
    signed = b"velour fog peer AUTH" + bytes([direction]) + framed(SIGNING) + framed(ACCEPTING)
    return [2, 0, hashlib.sha256(SECRET).digest()[0], hmac.new(SECRET, signed, "sha256").digest()[:16]]


FRAMES = {
    "signing": SIGNING,
    "auth_from_connecting": auth(0),
    "auth_from_accepting": auth(1),
    "founded": [1, 0, 1, 2, 0xD456EC4D, FOUNDATION, 0xFEDCBA9876543210, 26_562_500_000, 70_000, 3, 2,
                bytes(range(16))],
    "unfounded": [1, 0, 1, 1, 0, b"", 1, 0, 0, 0, 0, bytes(16)],
}


def problems(folder):
    found = {path.stem for path in folder.glob("*.hex")}
    if found != FRAMES.keys():
        yield f"recorded {sorted(found)}, described {sorted(FRAMES)}: must be the same"
        return
    for name, meaning in FRAMES.items():
        wire = bytes.fromhex((folder / f"{name}.hex").read_text())
        (length,) = struct.unpack(">I", wire[:4])
        if length != len(wire) - 4:
            yield f"{name}: the length says {length}, there are {len(wire) - 4}"
        frame = msgpack.unpackb(wire[4:], raw=False)
        if frame != meaning:
            yield f"{name}: means {frame}, must mean {meaning}"
        if msgpack.packb(meaning, use_bin_type=True) != wire[4:]:
            yield f"{name}: not in the shortest form"


def main():
    found = list(problems(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
