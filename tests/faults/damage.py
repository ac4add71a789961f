"""Damages one file, as a disk does: one bit is flipped, or the end is lost. Prints where.

usage: damage.py FILE flip|truncate SEED
"""
import os
import random
import sys

path, kind, seed = sys.argv[1], sys.argv[2], sys.argv[3]
draw = random.Random(seed)
size = os.path.getsize(path)
at = draw.randrange(size)
if kind == "truncate":
    os.truncate(path, at)
    print(f"{size - at} of {size} bytes lost at the end")
else:
    bit = draw.randrange(8)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
    print(f"bit {bit} of byte {at} of {size}")
