"""arrays.py write FOLDER: saves arrays of every type, order of axes and of bytes, NAME.npy, with their samples beside
them as NAME.raw. arrays.py read FILE...: maps NAME.npy for writing, compares it with NAME.raw, and says which differ.
arrays.py change FILE: adds 1 to the first and the last sample through the mapping."""
import sys

import numpy

TYPES = {"u8": "u1", "i8": "i1", "u16": "u2", "i16": "i2", "u32": "u4", "i32": "i4", "u64": "u8", "i64": "i8",
         "f32": "f4", "f64": "f8"}


def write(folder):
    random = numpy.random.default_rng(5)
    for name, code in TYPES.items():
        for shape in ((31, 43), (31, 43, 1), (31, 43, 3), (31, 43, 5)):
            if code[0] == "f":
                samples = random.normal(0, 1e6, shape).astype(code)
            else:
                limits = numpy.iinfo(code)
                samples = random.integers(limits.min, limits.max, shape, code, endpoint=True)
            for byte_order in "<>":
                for axes in "CF":
                    stem = "%s/%s.%s.%s.%s" % (folder, name, len(shape) > 2 and shape[2] or "flat",
                                               "little" if byte_order == "<" else "big", axes)
                    numpy.save(stem + ".npy", numpy.array(samples, dtype=byte_order + code, order=axes))
                    samples.tofile(stem + ".raw")


def read(files):
    for file in files:
        array = numpy.load(file, mmap_mode="r+")
        native = numpy.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
        with open(file[:-len("npy")] + "raw", "rb") as wanted:
            if native.tobytes() != wanted.read():
                print("%s: numpy reads other samples" % file)


def change(file):
    array = numpy.load(file, mmap_mode="r+")
    array[0, 0, 0] += 1
    array[-1, -1, -1] += 1
    array.flush()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    elif sys.argv[1] == "read":
        read(sys.argv[2:])
    else:
        change(sys.argv[2])
