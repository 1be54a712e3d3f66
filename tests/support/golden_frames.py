"""Decodes recorded frames with another msgpack implementation than ours (package python3-msgpack).

A frame is a u32 big-endian length and a msgpack array. What each recorded frame must mean is
written down a second time by the script that calls check(), apart from the C++ code.
"""

import pathlib
import struct
import sys

import msgpack


def unpack(data):
    return msgpack.unpackb(data, raw=False, strict_map_key=True)


def framed(meaning):
    body = msgpack.packb(meaning, use_bin_type=True)
    return struct.pack(">I", len(body)) + body


def problems(folder, frames, opened):
    found = {path.stem: path for path in folder.glob("*.hex")}
    for name in sorted(frames.keys() ^ found.keys()):
        yield f"{name}: recorded and described must be the same frames"
    for name in sorted(frames.keys() & found.keys()):
        wire = bytes.fromhex(found[name].read_text())
        (length,) = struct.unpack(">I", wire[:4])
        if length != len(wire) - 4:
            yield f"{name}: the length says {length}, there are {len(wire) - 4}"
        frame = unpack(wire[4:])
        if msgpack.packb(frame, use_bin_type=True) != wire[4:]:
            yield f"{name}: not in the shortest form"
        meaning = opened(name, frame)
        if meaning != frames[name]:
            yield f"{name}: means {meaning}, must mean {frames[name]}"


def check(frames, opened=lambda name, frame: frame):
    """Compares FOLDER/*.hex, FOLDER the only argument of the program, with `frames` (name to
    meaning), and returns the exit status. `opened` decodes what is packed once more inside."""
    failures = list(problems(pathlib.Path(sys.argv[1]), frames, opened))
    print("\n".join(failures) or f"{len(frames)} frames decoded")
    return 1 if failures else 0
