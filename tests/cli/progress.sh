# The progress bar: on a terminal alone, on stderr alone, gone at the end.
expect 0 generate in.tif --size 2000x2000x3 --quiet
expect 0 generate small.tif --size 300x300x3 --quiet
kernel=$(awk 'BEGIN { for (i = 0; i < 31; i++) { for (j = 0; j < 31; j++) printf "%d ", i * j % 7 + 1; if (i < 30) printf ";" } }')

expect 0 conv small.tif out.tif --kernel "$kernel"
[ "$(wc -l <"$err")" -eq 1 ] || fail "without a terminal there is more than the summary"
stderr_has "conv: 90000 pixels written"
stdout_empty

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    not_run "the bar, as script cannot make a terminal"
else
    RASTERCTL_KERNEL=$kernel
    export RASTERCTL RASTERCTL_KERNEL
    line='"$RASTERCTL" conv in.tif out.tif --kernel "$RASTERCTL_KERNEL" --divisor 3000 --threads 1 --overwrite'
    status=0 last="on a terminal: conv"
    script -qec "$line" /dev/null </dev/null >"$out" 2>"$err" || status=$?
    [ "$status" -eq 0 ] || fail "exit status is not 0"
    stdout_has "[="
    stdout_has " left"
    stdout_has "conv: 4000000 pixels written"
    line='"$RASTERCTL" conv small.tif out.tif --kernel "$RASTERCTL_KERNEL" --overwrite --quiet'
    script -qec "$line" /dev/null </dev/null >"$out" 2>"$err" || fail "exit status is not 0"
    stdout_empty
fi
