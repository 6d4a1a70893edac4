# In a memory cgroup smaller than the image: runs finish, are not killed, and make the same bytes as without a limit. What
# they may hold is read from the cgroup; nobody tells them. The inputs are not in the page cache: they are charged, too.
support=$(dirname -- "$script")/../support
if ! "$support/cgroup" --check 2>"$err"; then
    not_run "$(cat "$err")"
    exit 77
fi

expect 0 generate R.tif --size 7000x5000x3 --pattern noise --seed 5 --quiet
expect 0 convert R.tif T.tif --tile 256x256 --quiet
expect 0 convert R.tif D.tif --window 500,500,6000,4000 --tile 256x256 --compression deflate --level 1 --quiet
sync

# confined MIB WORD...: rasterctl in a cgroup of so many MiB.
confined() {
    mib=$1
    shift
    last="$* (in a cgroup of $mib MiB)"
    status=0
    for file in R.tif T.tif D.tif; do dd if=$file iflag=nocache count=0 status=none; done
    "$support/cgroup" --report group "$mib" "$RASTERCTL" "$@" >"$out" 2>"$err" || status=$?
    [ "$status" -eq 0 ] || fail "exit status is not 0: $(cat group)"
}

# alike MIB OPERATION IN WORD...: to a new file, in the cgroup and without.
alike() {
    mib=$1 operation=$2 input=$3
    shift 3
    confined "$mib" "$operation" "$input" confined.tif "$@" --quiet
    expect 0 "$operation" "$input" free.tif "$@" --quiet
    same confined.tif free.tif
    rm confined.tif free.tif
}

alike 64 gaussblur R.tif --sigma 2
alike 64 gaussblur T.tif --sigma 2
alike 32 gaussblur R.tif --sigma 2
alike 16 invert R.tif
alike 24 invert T.tif
alike 64 cast R.tif --type u16
alike 64 shrink T.tif --factor 3
alike 64 flip R.tif --axis v
alike 64 rotate R.tif --angle 90
alike 64 transpose T.tif
alike 64 convert R.tif --tile 128x128
alike 64 sobel D.tif --compression deflate --level 1
alike 64 convert D.tif --strip 16
alike 64 convert R.tif --format png --level 1 --window 1000,1000,5000,3000

# In place.
expect 0 gaussblur R.tif free.tif --sigma 2 --quiet
cp R.tif P.tif
sync P.tif
dd if=P.tif iflag=nocache count=0 status=none
confined 64 gaussblur P.tif --in-place --sigma 2 --quiet
same P.tif free.tif
cp T.tif P.tif
sync P.tif
dd if=P.tif iflag=nocache count=0 status=none
confined 24 invert P.tif --in-place --quiet
expect 0 invert T.tif free.tif --overwrite --quiet
same P.tif free.tif
rm P.tif free.tif

# What looks at every pixel.
confined 32 stats R.tif --json
mv "$out" confined.json
expect 0 stats R.tif --json
same confined.json "$out"

# The limit is the cgroup's, or what it leaves, where nobody gives another; without it, there is more.
limit() { sed -n 's/^ *"limit_bytes": \([0-9]*\),*$/\1/p' "$out"; }
confined 48 invert R.tif out.tif --dry-run --json
[ "$(limit)" -gt 0 ] && [ "$(limit)" -le $((48 << 20)) ] || fail "the limit is not the cgroup's"
confined 48 invert R.tif out.tif --dry-run --json --max-memory 20M
[ "$(limit)" -eq $((20 << 20)) ] || fail "the limit is not that of the option"
holds R.tif T.tif D.tif group confined.json
