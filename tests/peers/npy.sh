# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# NPY files of rasterctl mapped by numpy, and numpy's mapped by rasterctl.
written() {
    local type bands order
    for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
        for bands in 1 3; do
            ours generate in.tif --size 43x31x$bands --type $type --seed 6 --overwrite
            for order in little big; do
                ours convert in.tif ours.$type.$bands.$order.npy --byte-order $order
                our_samples in.tif ours.$type.$bands.$order.raw
            done
        done
    done
    theirs "$python" "$here/arrays.py" read ours.*.npy
    [ ! -s "$log.out" ] || fail "$(cat "$log.out")"

    # A change through numpy's mapping is one that rasterctl sees; and the other way.
    ours convert ours.u16.3.little.npy changed.npy
    theirs "$python" "$here/arrays.py" change changed.npy
    our_samples changed.npy changed.raw
    [ "$(cmp -l ours.u16.3.little.raw changed.raw | wc -l)" -ge 2 ] || fail "a change through numpy is not seen"
    theirs "$python" "$here/arrays.py" read changed.npy
    [ ! -s "$log.out" ] || fail "$(cat "$log.out")"
    ours invert changed.npy --in-place
    our_samples changed.npy changed.raw
    theirs "$python" "$here/arrays.py" read changed.npy
    [ ! -s "$log.out" ] || fail "after a change in place: $(cat "$log.out")"
}

read_back() {
    local file
    mkdir theirs
    theirs "$python" "$here/arrays.py" write theirs
    for file in theirs/*.npy; do
        what="$file of numpy.save"
        our_samples "$file" got.raw && alike "${file%.npy}.raw" got.raw "other samples than those saved"
    done
    what=
    [ "$(find theirs -name '*.npy' | wc -l)" = 160 ] || fail "numpy did not save 160 files"
}

if has_numpy; then
    written
    read_back
fi
