#!/usr/bin/env python3
"""Reads the golden datagrams with another decoder than ours, written from docs/gossip-protocol.md.

    decode_datagrams.py datagrams.txt sealed_datagrams.txt

Checks prefix and checksum, decodes the msgpack array with python3-msgpack, compares every field with
what the sample is meant to say, and encodes it again to the same bytes. Checks the seals of those
that are signed with a cluster key with python's hmac.
"""

import hashlib
import hmac
import struct
import sys
import unittest

import msgpack

HEADER = [0xDEADBEEF, 0x0102030405060708, 0x12345678, 42, 0xFEDCBA9876543210, 1000, 0]
OTHER = 0x1122334455667788
FOUNDATION = struct.pack(">QQ", 1_800_000_000_123, 0xABCDEF0123456789)
SETTINGS = [3, 2, 3600]
ALIVE, SUSPECT, DEAD, LEFT = range(4)


def identity(number):
    return bytes(range(number, number + 16))


def key(number):
    return int.from_bytes(identity(number)[:8], "big")


def record(number, with_id=True):
    return [key(number), identity(number) if with_id else None, 28_000_000_000 + number, 7, ALIVE,
            bytes([10, 0, 0, number]), 8000, 2 | 4 | 8, 0xFEEDFACE00000000 + number, "rack-4",
            1, 2, 3, 2, 3, 2]


def tombstone(status, why):
    address = bytes.fromhex("fd000000000000000000000000000009")
    return [key(9), identity(9), 28_000_000_009, 8, status, why, address, 8009, 2 | 4 | 8,
            0xFEEDFACE00000009, 1, 59]


FD07 = bytes.fromhex("fd000000000000000000000000000007")
HASHES = b"".join(struct.pack(">Q", i * 0x0101010101010101) for i in range(128))
COUNTS = b"".join(struct.pack(">H", i * 3) for i in range(128))

MESSAGES = {
    "empty": [],
    "ping": [[1, 70_000, OTHER, 0x80000001, SUSPECT, 5]],
    "ack": [[2, 70_000, 200, 1 | 4]],
    "ping_req": [[3, 1, OTHER, FD07, 65535, 1, 150]],
    "nack": [[4, 1, 3]],
    "not_me": [[5, 2, OTHER, 3, 4]],
    "alive": [[6] + record(1)],
    "alive_key_only": [[6] + record(2, with_id=False)],
    "suspect": [[7, OTHER, 0xFFFFFFFF, 6, 0x0102030405060708, 1 | 8]],
    "dead": [[8, OTHER, 9, 0xFFFFFFFF, 0x0102030405060708, 3, 86_400]],
    "left": [[9, OTHER, 9, 10, 1, 300]],
    "join": [[10] + record(1) + [FOUNDATION] + SETTINGS + [1]],
    "join_unfounded": [[10] + record(1) + [b"", 0, 0, 0, 1]],
    "join_ok": [[11, FOUNDATION] + SETTINGS + [0x55, [record(3)], [record(4), record(5)], key(5)]],
    "join_no": [[12, 1, 3, 2, "this cluster has 3 replicas", FOUNDATION, 77]],
    "digest": [[13, 128, HASHES, 1, COUNTS]],
    "digest_everything": [[13, 0, b"", 0, b""]],
    "exchange": [[14, 9, [record(9)], [tombstone(DEAD, 1), tombstone(LEFT, 1)]]],
    "report": [[15, [[OTHER, 9, 1, 12, 1_800_000_000_000, 1_800_000_000_999]]]],
    "batch": [[16, [[6] + record(1), [7, OTHER, 1, 2, 3, 4], [8, OTHER, 1, 2, 3, 0, 0],
                    [9, OTHER, 1, 2, 0, 0]]]],
    "ping_with_news": [[1, 1, OTHER, 2, ALIVE, 0], [16, [[7, OTHER, 1, 2, 3, 4]]]],
}


def xxh32(data):
    """XXH32 with seed 0, as its specification describes it."""
    p1, p2, p3, p4, p5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
    mask = 0xFFFFFFFF

    def rotate(value, bits):
        return ((value << bits) | (value >> (32 - bits))) & mask

    at = 0
    if len(data) >= 16:
        lanes = [(p1 + p2) & mask, p2, 0, (0 - p1) & mask]
        while at + 16 <= len(data):
            for i, word in enumerate(struct.unpack_from("<4I", data, at)):
                lanes[i] = rotate((lanes[i] + word * p2) & mask, 13) * p1 & mask
            at += 16
        total = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18)))
    else:
        total = p5
    total = (total + len(data)) & mask
    while at + 4 <= len(data):
        total = rotate((total + struct.unpack_from("<I", data, at)[0] * p3) & mask, 17) * p4 & mask
        at += 4
    for byte in data[at:]:
        total = rotate((total + byte * p5) & mask, 11) * p1 & mask
    total = (total ^ (total >> 15)) * p2 & mask
    total = (total ^ (total >> 13)) * p3 & mask
    return total ^ (total >> 16)


SECRET = b"correct horse battery staple"


class GoldenDatagrams(unittest.TestCase):
    path = ""
    sealed_path = ""

    def test_say_what_they_are_meant_to_say(self):
        with open(self.path, encoding="ascii") as file:
            golden = dict(line.split() for line in file if line.strip())
        self.assertEqual(set(golden), set(MESSAGES))
        for name, hexa in golden.items():
            with self.subTest(name):
                data = bytes.fromhex(hexa)
                self.assertLessEqual(len(data), 1400)
                magic, version, flags, checksum = struct.unpack(">2sBBI", data[:8])
                body = data[8:]
                self.assertEqual((magic, version), (b"VF", 1))
                self.assertEqual(flags, 4 if name == "ping" else 0)
                self.assertEqual(checksum, xxh32(body))
                packet = msgpack.unpackb(body, raw=False, strict_map_key=True)
                self.assertEqual(packet, HEADER + [MESSAGES[name]])
                self.assertEqual(msgpack.packb(packet, use_bin_type=True), body)

    def test_seals_are_right(self):
        with open(self.sealed_path, encoding="ascii") as file:
            golden = [line.split() for line in file if line.strip()]
        for count, (name, hexa) in enumerate(golden, 1):
            with self.subTest(name):
                data = bytes.fromhex(hexa)
                self.assertLessEqual(len(data), 1400)
                magic, version, flags, checksum = struct.unpack(">2sBBI", data[:8])
                self.assertEqual((magic, version), (b"VF", 1))
                self.assertEqual(flags, 1 | (4 if name == "ping" else 0))
                self.assertEqual(checksum, xxh32(data[8:-16]))
                key_id, counter = struct.unpack(">BQ", data[-25:-16])
                self.assertEqual((key_id, counter), (hashlib.sha256(SECRET).digest()[0], count))
                self.assertEqual(data[-16:], hmac.new(SECRET, data[:-16], "sha256").digest()[:16])
                packet = msgpack.unpackb(data[8:-25], raw=False, strict_map_key=True)
                self.assertEqual(packet, HEADER + [MESSAGES[name]])


if __name__ == "__main__":
    GoldenDatagrams.path = sys.argv.pop(1)
    GoldenDatagrams.sealed_path = sys.argv.pop(1)
    unittest.main()
