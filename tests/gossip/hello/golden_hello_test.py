#!/usr/bin/python3
"""Decodes the recorded HELLO frames with another msgpack implementation (package python3-msgpack).

    golden_hello_test.py FOLDER     of *.hex files, one frame each

What each must mean is written down here a second time, apart from the C++ code.
"""

import pathlib
import struct
import sys

import msgpack

FOUNDATION = struct.pack(">QQ", 1_700_000_000_000, 0x0123456789ABCDEF)
FRAMES = {
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
