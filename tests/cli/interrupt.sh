# Interrupted: exit 130, no output, no temporary file; in place the message tells how far it came.
#
# A run long enough to be hit by the signal for sure: a wide kernel that is not separable, on one thread. The signal is
# sent again and again until the process has ended, so that no moment need be met.
expect 0 generate in.tif --size 6000x6000x3 --pattern noise --quiet
kernel=$(awk 'BEGIN { for (i = 0; i < 31; i++) { for (j = 0; j < 31; j++) printf "%d ", i * j % 7 + 1; if (i < 30) printf ";" } }')

# interrupt SIGNAL WORD...: rasterctl, signalled once it catches signals and has begun to work.
interrupt() {
    signal=$1
    shift
    last=$*
    status=0
    # A shell without job control starts background processes that ignore SIGINT, and ignored it would stay.
    env --default-signal=INT "$RASTERCTL" "$@" >"$out" 2>"$err" &
    process=$!
    tries=0
    until grep -q '^SigCgt:.*[37bf]$' /proc/$process/status; do
        [ -e /proc/$process/status ] || { wait $process || status=$?; fail "it ended by itself"; }
        tries=$((tries + 1))
        [ $tries -lt 400 ] || fail "the signals are not caught"
        sleep 0.05
    done
    sleep 0.2
    while kill -"$signal" $process 2>/dev/null; do sleep 0.05; done
    wait $process || status=$?
    [ "$status" -eq 130 ] || fail "exit status is not 130"
}

if env --default-signal=INT true 2>/dev/null; then
    for signal in INT TERM HUP; do
        interrupt $signal conv in.tif out.tif --kernel "$kernel" --divisor 3000 --threads 1
        holds in.tif
        stdout_empty
        [ "$(wc -l <"$err")" -eq 1 ] || fail "the message has not one line"
    done
    echo precious >out.tif
    interrupt INT conv in.tif out.tif --kernel "$kernel" --divisor 3000 --threads 1 --overwrite
    holds in.tif out.tif
    [ "$(cat out.tif)" = precious ] || fail "the output was replaced"
    interrupt INT conv in.tif --in-place --kernel "$kernel" --divisor 3000 --threads 2
    stderr_has "row"
    holds in.tif out.tif
    # The file can be worked on again at once: no lock is left.
    expect 0 invert in.tif --in-place --quiet

    # Where memory is bounded, threads wait for the disk and for each other, too. With sanitizers the program itself
    # takes more than 32 MiB.
    small=32M large=64M
    "$RASTERCTL" invert in.tif --in-place --dry-run --max-memory $small >"$out" 2>"$err" || small=96M large=160M
    rm out.tif
    mkdir scratch
    expect 0 convert in.tif packed.tif --tile 256x256 --compression deflate --level 1 --quiet
    for threads in 1 2; do
        interrupt INT conv in.tif out.tif --kernel "$kernel" --divisor 3000 --threads $threads --max-memory $small
        holds in.tif packed.tif scratch
        interrupt INT conv packed.tif out.tif --kernel "$kernel" --divisor 3000 --threads $threads --max-memory $large \
            --compression deflate --scratch-dir scratch
        holds in.tif packed.tif scratch
        [ -z "$(ls -A scratch)" ] || fail "the folder for scratch is not empty"
        interrupt INT conv in.tif --in-place --kernel "$kernel" --divisor 3000 --threads $threads --max-memory $small
        stderr_has "row"
        holds in.tif packed.tif scratch
    done
else
    not_run "interruption, as env has no --default-signal"
fi
