# The example in every operation's help is a line that works: it makes its output, and in a dry run nothing. And every
# operation tells of its parameters in the list.
cat >make.py <<'EOF'
import struct, zlib
def png(path, color, channels, width=48, height=32, palette=None):
    def chunk(name, data): return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + bytes((x * 5 + y * 3 + 50 * c) % (4 if palette else 256)
                                  for x in range(width) for c in range(channels)) for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)))
        if palette: file.write(chunk(b"PLTE", palette))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
png("rgba.png", 6, 4)
png("palette.png", 3, 1, palette=bytes(range(0, 240, 20)))
EOF
python3 make.py
for name in rgba palette; do expect 0 convert $name.png $name.tif; done
expect 0 generate photo.tif --size 48x32x3
expect 0 generate gray.tif --size 48x32
expect 0 threshold gray.tif mask.tif --value 99
expect 0 linear gray.tif labels.tif --scale 0.05
for name in height red nir; do expect 0 convert gray.tif $name.tif --type f32; done
sums() { cat photo.tif gray.tif mask.tif labels.tif height.tif red.tif nir.tif rgba.tif palette.tif | cksum; }
before=$(sums)

expect 0 ops
names=$(sed -n 's/^  \([a-z0-9]*\) .*/\1/p' "$out")
cp "$out" list
for name in $names; do
    expect 0 help "$name"
    line=$(sed -n '/^example:$/{n;s/^  rasterctl //p}' "$out")
    [ -n "$line" ] || fail "$name has no example"
    for parameter in $(sed -n '/^parameters:$/,/^$/s/^  \(--[a-z-]*\) .*/\1/p' "$out"); do
        sed -n "/^  $name /,/^  [a-z]/p" list | grep -q "^      $parameter " || fail "the list lacks $name $parameter"
    done
    rm -f out.tif
    eval "set -- $line"
    expect 0 "$@" --dry-run
    [ ! -e out.tif ] || fail "a dry run made out.tif"
    expect 0 "$@"
    case " $* " in "$name "* | " $name "* | " pipeline "*" $name "*) ;; *) fail "the example is one of $1" ;; esac
    expect 0 info out.tif
    [ "$(sums)" = "$before" ] || fail "an input was changed"
done
