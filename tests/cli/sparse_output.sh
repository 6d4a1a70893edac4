# --sparse: parts of the output that are all zero take no disk space, and every byte is as without.
space() { echo $(($(stat -c %b "$1") * 512)); }
# Samples of 0xFF, which invert makes zeros of, but for a few spots in the lower half.
full() { head -c "$1" /dev/zero | tr '\0' '\377'; }
width=3000 height=2000
full $((width * height)) >in.raw
for row in 1203 1204 1777; do
    printf spot | dd of=in.raw bs=1 seek=$((row * width + 1500)) conv=notrunc status=none
done
spec=${width}x${height}x1:u8

if truncate -s 6000000 hole && [ "$(space hole)" -lt 600000 ]; then
    holes=1
else
    holes=
    not_run "the space that sparse outputs take, as the file system has no holes"
fi
for row in "out.tif" "tiles.tif --tile 256x256" "strips.tif --strip 7 --byte-order big" "out.npy" "out.pgm" "out.img --format envi" \
    "out.bil" "out.raw"; do
    set -- $row
    name=$1
    shift
    expect 0 invert in.raw "dense-$name" --raw $spec --quiet "$@"
    for threads in 1 3; do
        expect 0 invert in.raw "$name" --raw $spec --quiet --sparse --overwrite --threads $threads "$@"
        same "dense-$name" "$name"
        # Two spots of at most two pieces of 64 KiB each, the header, and what the file system takes for its list.
        [ -z "$holes" ] || [ "$(space "$name")" -le $((5 * 65536)) ] || fail "$name takes $(space "$name") bytes"
    done
    rm -f "$name" "dense-$name" ./*.hdr
done

# Colours in planes, through a conversion, a pipeline, and over an existing file.
full $((1000 * 700 * 3)) >rgb.raw
printf spot | dd of=rgb.raw bs=1 seek=1500000 conv=notrunc status=none
rgb="--raw 1000x700x3:u8"
expect 0 invert rgb.raw dense.tif $rgb --planar --quiet
expect 0 invert rgb.raw out.tif $rgb --planar --quiet --sparse
same dense.tif out.tif
[ -z "$holes" ] || [ "$(space out.tif)" -le $((5 * 65536)) ] || fail "out.tif takes $(space out.tif) bytes"
expect 0 convert dense.tif out.tif --sparse --overwrite --quiet
same dense.tif out.tif
[ -z "$holes" ] || [ "$(space out.tif)" -le $((5 * 65536)) ] || fail "a replaced file takes $(space out.tif) bytes"
expect 0 pipeline dense.tif soft.tif --quiet gaussblur --sigma 2 ! flip --axis h
expect 0 pipeline dense.tif out.tif --sparse --overwrite --quiet gaussblur --sigma 2 ! flip --axis h
same soft.tif out.tif
expect 0 compare soft.tif out.tif

# An image without zeros takes the space of any other.
expect 0 generate dense.tif --size 500x400x3 --seed 3 --overwrite --quiet
expect 0 generate out.tif --size 500x400x3 --seed 3 --overwrite --quiet --sparse
same dense.tif out.tif
rm ./*.tif

# What leaves no holes is refused, and nothing is made.
refused() {
    refuse "which leaves no holes" "$@"
    [ ! -e "$3" ] || fail "$3 was made"
}
refused invert in.raw out.png --raw $spec --sparse
refused invert in.raw out.tif --raw $spec --sparse --compression deflate
refuse "--sparse lays out a new file" invert in.raw --in-place --raw $spec --sparse
refuse "does not take --sparse" info in.raw --raw $spec --sparse
holds hole in.raw rgb.raw
