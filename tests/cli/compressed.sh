# Compressed files: the same bytes for any number of threads, memory and scratch that do not grow with the image, and no
# file left where there is no room.
expect 0 generate in.tif --size 2000x16000x3 --type u8 --pattern gradient --tile 256x256 --quiet
expect 0 convert in.tif in.png --quiet
for compression in deflate lzw zstd; do
    expect 0 convert in.tif $compression.tif --compression $compression --quiet
    expect 0 compare in.tif $compression.tif --only pixels
done
expect 0 compare in.tif in.png --only pixels

# What is written does not depend on threads.
expect 0 gaussblur in.tif first.tif --sigma 2 --compression deflate --tile 128x128 --quiet
expect 0 gaussblur in.tif first.png --sigma 2 --quiet
for threads in 1 2 5; do
    expect 0 gaussblur deflate.tif out.tif --sigma 2 --compression deflate --tile 128x128 --threads $threads --overwrite --quiet
    same first.tif out.tif
    expect 0 gaussblur in.png out.png --sigma 2 --threads $threads --overwrite --quiet
    same first.png out.png
done

# 96 MB of samples pass through half of that.
peak() {
    sed -n 's/^ *"peak_resident_bytes": \([0-9]*\),$/\1/p' "$out"
}
for input in deflate.tif in.png; do
    for output in out.tif out.png; do
        expect 0 gaussblur $input $output --sigma 2 $([ $output = out.png ] || echo --compression deflate) --overwrite --json
        [ "$(peak)" -gt 0 ] || fail "the report has no peak"
        grep -q __asan_init "$RASTERCTL" || grep -q __tsan_init "$RASTERCTL" || [ "$(peak)" -lt 48000000 ] ||
            fail "more than 48 MB are resident: $(peak)"
    done
done
rm -f out.* first.*

# A scratch folder that does not exist, and a compressed file that is to be changed in place.
broken "/nowhere" invert deflate.tif out.tif --scratch-dir /nowhere/at/all --quiet
broken "write to a new file" invert deflate.tif --in-place
broken "write to a new file" invert in.png --in-place
holds deflate.tif in.png in.tif lzw.tif zstd.tif

# A scratch folder without room.
if unshare -rm true 2>/dev/null; then
    mkdir small
    last="gaussblur, with 1 MiB of scratch"
    status=0
    unshare -rm sh -c "mount -t tmpfs -o size=1m none small && exec \"\$0\" \"\$@\"" \
        "$RASTERCTL" gaussblur deflate.tif out.tif --sigma 2 --scratch-dir small --quiet >"$out" 2>"$err" || status=$?
    [ "$status" -eq 1 ] || fail "exit status is not 1"
    stderr_has "bytes"
    stderr_has "are free"
    rmdir small
    holds deflate.tif in.png in.tif lzw.tif zstd.tif
else
    not_run "scratch without room, as namespaces cannot be made"
fi

# A damaged block: the file and the block are named, and there is no output.
size=$(stat -c %s deflate.tif)
dd if=/dev/zero of=deflate.tif bs=1 seek=$((size / 2)) count=3000 conv=notrunc 2>/dev/null
broken "deflate.tif" invert deflate.tif out.tif --quiet
stderr_has "tile"
size=$(stat -c %s in.png)
dd if=/dev/zero of=in.png bs=1 seek=$((size / 2)) count=30 conv=notrunc 2>/dev/null
broken "in.png" invert in.png out.tif --quiet
stderr_has "IDAT"
holds deflate.tif in.png in.tif lzw.tif zstd.tif
