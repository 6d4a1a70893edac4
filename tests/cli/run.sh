#!/bin/sh
# Runs one test of rasterctl: tests/cli/run.sh SCRIPT, with RASTERCTL naming the program.
#
# The script is read into this shell, in a new folder that is removed afterwards, and uses the helpers below. The first
# check that fails ends it. Exit status: 0 passed, 1 failed, 77 nothing of it could be run.
set -eu

if [ $# -ne 1 ] || [ -z "${RASTERCTL:-}" ]; then
    echo "usage: RASTERCTL=.../rasterctl $0 SCRIPT" >&2
    exit 2
fi
script=$(realpath -- "$1")
RASTERCTL=$(realpath -- "$RASTERCTL")
here=$(mktemp -d "${TMPDIR:-/tmp}/rasterctl-test.XXXXXX")
trap 'rm -rf -- "$here"' EXIT
trap 'exit 1' INT TERM HUP
mkdir "$here/work"
cd "$here/work"
out=$here/stdout err=$here/stderr status=0 last=

fail() {
    echo "FAILED: $1"
    echo "last command: rasterctl $last"
    echo "exit status: $status"
    echo "--- stdout" && head -c 4000 "$out"
    echo "--- stderr" && head -c 4000 "$err"
    exit 1
}

not_run() {
    echo "NOT RUN: $1"
}

# expect STATUS WORD...: runs rasterctl with the words, and wants that exit status. What it wrote is in $out and $err.
expect() {
    want=$1
    shift
    last=$*
    status=0
    "$RASTERCTL" "$@" >"$out" 2>"$err" || status=$?
    [ "$status" -eq "$want" ] || fail "exit status is not $want"
}

# refuse TEXT WORD...: wrong usage, with the text in the message, a hint, and nothing on stdout.
refuse() {
    text=$1
    shift
    expect 2 "$@"
    stderr_has "rasterctl: "
    stderr_has "$text"
    stderr_has "see 'rasterctl help"
    stdout_empty
}

# broken TEXT WORD...: the command fails, with the text in a message of one line.
broken() {
    text=$1
    shift
    expect 1 "$@"
    stderr_has "$text"
    [ "$(wc -l <"$err")" -eq 1 ] || fail "the message has not one line"
}

stdout_has() { grep -qF -e "$1" "$out" || fail "stdout has no '$1'"; }
stdout_lacks() { ! grep -qF -e "$1" "$out" || fail "stdout has '$1'"; }
stderr_has() { grep -qF -e "$1" "$err" || fail "stderr has no '$1'"; }
stdout_empty() { [ ! -s "$out" ] || fail "stdout is not empty"; }
stderr_empty() { [ ! -s "$err" ] || fail "stderr is not empty"; }

# stdout_is <<EOF ... EOF
stdout_is() {
    cat >"$here/wanted"
    diff "$here/wanted" "$out" || fail "stdout is not as wanted"
}

same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
differ() { ! cmp -s "$1" "$2" || fail "$1 and $2 are the same"; }

# holds NAME...: the folder has these files and no other, hidden ones included.
holds() {
    for name; do echo "$name"; done | sort >"$here/wanted"
    ls -A | sort >"$here/found"
    diff "$here/wanted" "$here/found" || fail "the folder does not hold: $*"
}

# pixels FILE.tif NAME.raw: the samples as a raw file, bands side by side, little endian, whatever the layout was.
pixels() {
    expect 0 info "$1" --page 0
    spec=$(sed -n 's/^page 0: \([0-9]*\) x \([0-9]*\), \([0-9]*\) bands* of \(...*\)$/\1x\2x\3:\4,bip,le/p' "$out")
    expect 0 convert "$1" "$2" --raw "$spec" --overwrite --quiet
}

# Bytes from numbers, and TIFF's 16- and 32-bit ones, little endian.
bytes() { for n; do printf "\\$(printf %03o "$n")"; done; }
le16() { for v; do bytes $((v & 255)) $((v >> 8 & 255)); done; }
le32() { for v; do bytes $((v & 255)) $((v >> 8 & 255)) $((v >> 16 & 255)) $((v >> 24 & 255)); done; }

: >"$out"
: >"$err"
. "$script"
