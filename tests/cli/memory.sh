# --max-memory, --dry-run and --report: what they take, refuse and tell, and that a dry run makes and changes nothing.
if ! command -v python3 >/dev/null || ! python3 -c 'import json' 2>/dev/null; then
    not_run "JSON, as there is no python3"
    exit 77
fi
unset RASTER_MAX_MEMORY
# value EXPRESSION: of the document `d`; what is no JSON has none.
value() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print(($1))" "$out"; }
is() { [ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"; }

expect 0 generate in.tif --size 600x400x3 --tile 128x128 --quiet
expect 0 convert in.tif packed.tif --compression deflate --quiet
expect 0 convert in.tif in.png --quiet
cp in.tif other.tif

# Sizes: powers of 1024, and nothing that is none.
size() {
    expect 0 invert in.tif out.tif --dry-run --json --max-memory "$1"
    is 'd["limit_bytes"], d["limit_from"]' "($2, '--max-memory')"
}
size 104857600 104857600
size 102400K 104857600
size 100m 104857600
size 100MB 104857600
size 104857600B 104857600
size 3G 3221225472
size 2TiB 2199023255552
for text in 0 0M -1 -1M x M 1.5G 50% 64X 64MM 64iM " 64M" "64 M" ""; do
    refuse "--max-memory" invert in.tif out.tif --max-memory "$text"
    stderr_has "as in 64M"
done
for text in 99999999999999999999 8388608T 18446744073709551616 18446744073709551617K; do
    refuse "more than can be counted" invert in.tif out.tif --max-memory "$text"
done
refuse "--max-memory needs a value" invert in.tif out.tif --max-memory
refuse "--dry-run takes no value" invert in.tif out.tif --dry-run=yes
refuse "does not take --report" info in.tif --report

# The variable: the option goes before it; a bad one is named, where it counts.
export RASTER_MAX_MEMORY=90M
expect 0 invert in.tif out.tif --dry-run --json
is 'd["limit_bytes"], d["limit_from"]' "(94371840, 'RASTER_MAX_MEMORY')"
size 100M 104857600
RASTER_MAX_MEMORY=lots
refuse "RASTER_MAX_MEMORY lots" invert in.tif out.tif
refuse "RASTER_MAX_MEMORY lots" compare in.tif in.png
expect 0 invert in.tif out.tif --dry-run --max-memory 100M
expect 0 ops
RASTER_MAX_MEMORY=1K
refuse "RASTER_MAX_MEMORY" invert in.tif out.tif
RASTER_MAX_MEMORY=
expect 0 invert in.tif out.tif --dry-run --json
is 'd["limit_from"]' system
unset RASTER_MAX_MEMORY
holds in.png in.tif other.tif packed.tif

# Too little is refused, by the dry run as well; what the message names is enough, and no more than it takes. What the
# program itself holds differs from machine to machine, and with sanitizers most of all.
enough() {
    refuse "is too little for this '$1', which needs" "$@" --max-memory 1M
    cp "$err" refused
    refuse "is too little" "$@" --max-memory 1M --dry-run
    needed=$(sed -n 's/.* needs \([0-9]*\)M: .*/\1/p' refused)
    expect 0 "$@" --max-memory "${needed}M" --dry-run
    expect 2 "$@" --max-memory "$((needed / 2))M" --dry-run
    expect 0 "$@" --max-memory "$((needed + 1))M"
    rm -f refused out.*
}
enough invert in.tif out.tif
enough gaussblur packed.tif out.tif --sigma 2
enough convert in.tif out.png
enough generate out.tif --size 500x500x3
enough compare in.tif packed.tif
enough stats packed.tif
enough pipeline in.tif out.tif box --radius 2 ! invert
enough invert other.tif --in-place
# ... but what is refused for another reason is told so, whatever the budget.
refuse "reaches out of the image" crop in.tif out.tif --rect 500,0,200,100 --max-memory 1M
refuse "reaches out of the image" crop in.tif out.tif --rect 500,0,200,100 --max-memory 1M --dry-run
holds in.png in.tif other.tif packed.tif

# Every command has a dry run, and none of them makes or changes a file.
sum=$(cat in.png in.tif other.tif packed.tif | cksum)
dry() {
    expect 0 "$@" --dry-run
    stdout_has "$1, dry run: nothing is made or changed"
    expect 0 "$@" --dry-run --json
    is 'd["command"], d["dry_run"]' "('$1', True)"
    holds in.png in.tif other.tif packed.tif
    [ "$(cat in.png in.tif other.tif packed.tif | cksum)" = "$sum" ] || fail "a file was changed"
}
dry invert in.tif out.tif
dry pipeline in.tif out.tif invert ! box --radius 2
dry invert other.tif --in-place
dry convert in.tif out.png
dry convert packed.tif out.raw
dry generate out.tif --size 30x20
dry compare in.tif in.png
dry compare in.tif in.png --only metadata
dry edit in.tif --nodata 3 --set Software=mine --unset Copyright
dry stats in.tif
dry stats in.png --window 1,2,30,40
dry info in.tif
for command in formats ops version help; do dry $command; done

# What it tells.
expect 0 invert in.tif out.tif --dry-run --json
is 'sorted(d)' "['bounded', 'buffer_bytes', 'command', 'dry_run', 'inputs', 'limit_bytes', 'limit_from', 'lost', 'mode', 'output', 'page_bytes', 'passes', 'peak_resident_bytes', 'program_bytes', 'reads', 'scratch', 'threads', 'tile_height', 'tile_width', 'tiles']"
is 'd["mode"], d["passes"], d["lost"], d["reads"]' "('new-file', 1, None, 'pixels')"
is '[(i["file"], i["format"], i["width"], i["height"], i["bands"], i["type"], i["mapped"], i["unmapped_reason"]) for i in d["inputs"]]' \
    "[('in.tif', 'TIFF', 600, 400, 3, 'u8', True, None)]"
is 'd["peak_resident_bytes"] >= d["buffer_bytes"] + d["page_bytes"] and d["threads"] >= 1 and d["tiles"] >= 1' True
is 'd["output"]["enough"], d["output"]["mapped"], d["output"]["free_bytes"] > 0' "(True, True, True)"
is 'd["scratch"]["bytes"], d["scratch"]["enough"], d["scratch"]["folder"] != ""' "(0, True, True)"
bytes=$(value 'd["output"]["bytes"]')
expect 0 invert in.tif out.tif --quiet
[ "$(stat -c %s out.tif)" -eq "$bytes" ] || fail "the output has not $bytes bytes"
rm out.tif
expect 0 invert packed.tif out.png --dry-run --json --scratch-dir .
is 'd["inputs"][0]["mapped"], d["inputs"][0]["unmapped_reason"][:10], d["output"]["bytes"], d["output"]["enough"]' \
    "(False, 'compressed', None, None)"
is 'd["scratch"]["bytes"] > 0, d["scratch"]["folder"]' "(True, '.')"
expect 0 invert other.tif --in-place --dry-run --json
is 'd["mode"], d["output"]["file"], d["output"]["bytes"]' "('in-place', 'other.tif', 0)"
expect 0 compare in.tif in.png --dry-run --json
is 'len(d["inputs"]), d["output"]' "(2, None)"
expect 0 edit in.tif --nodata 3 --set Software=mine --dry-run
stdout_has "would change: nodata: 3"
stdout_has "would change: set: Software=mine"

# In place, a file with holes gets its space by a run, and not by a dry run.
truncate -s 3000000 holes.raw
blocks=$(stat -c %b holes.raw)
if [ "$blocks" -lt 1000 ]; then
    expect 0 invert holes.raw --in-place --raw 1000x1000x3:u8 --dry-run --json
    is 'd["output"]["bytes"] > 2000000' True
    [ "$(stat -c %b holes.raw)" -eq "$blocks" ] || fail "a dry run fills holes"
fi
rm holes.raw

# Not enough space is told, and is no failure; where holes may be left nobody knows.
if truncate -s 8000000000000 huge.raw 2>/dev/null; then
    huge="--raw 4000000x2000000x1:u8"
    expect 0 invert huge.raw out.tif $huge --dry-run --json
    if [ "$(value 'd["output"]["free_bytes"] < d["output"]["bytes"]')" = True ]; then
        is 'd["output"]["enough"]' False
        expect 0 invert huge.raw out.tif $huge --dry-run
        stdout_has "not enough space"
        expect 0 invert huge.raw out.tif $huge --dry-run --json --sparse
        is 'd["output"]["enough"]' None
        expect 0 invert huge.raw out.tif $huge --dry-run --sparse
        stdout_has "not enough space unless"
    fi
    rm huge.raw
else
    not_run "space that is not there, as the file system refuses a sparse file of 8 TB"
fi

# It refuses what a run refuses, with the same status and message.
like() {
    want=$1
    shift
    expect "$want" "$@"
    cp "$err" wanted
    expect "$want" "$@" --dry-run
    same "$err" wanted
    stdout_empty
    rm wanted
}
like 1 invert in.tif other.tif
like 1 invert none.tif out.tif
like 1 invert in.tif nowhere/out.tif
like 1 invert packed.tif --in-place
like 2 invert in.tif out.xyz
like 2 invert in.tif in.tif
like 2 invert in.tif out.png --tile 16x16
like 2 flip in.tif --in-place --axis h
like 2 invert in.tif out.tif --window 590,0,20,20
like 2 convert in.tif out.tif --compression zstd --level 22 --max-error 3
like 2 generate out.tif --size 0x1
like 2 edit in.tif --page 3 --nodata 1
like 2 edit in.tif --nodata -1
like 1 edit in.png --nodata 1
like 2 info in.tif --page 3
like 2 help halp
like 2 compare in.tif none.tif
holds in.png in.tif other.tif packed.tif

# A report: several lines on stderr after the summary, or keys of the JSON document.
expect 0 invert in.tif out.tif
[ "$(wc -l <"$err")" -eq 1 ] || fail "without --report there is more than the summary"
expect 0 invert in.tif out.tif --report --overwrite
[ "$(sed -n 1p "$err" | grep -c 'invert: 240000 pixels written')" -eq 1 ] || fail "the summary does not come first"
for word in "pixels a second" passes tiles buffers "peak memory" anonymous "pages of files" shared "page faults" read written \
    decoded kernels; do
    stderr_has "$word"
done
stdout_empty
lines=$(wc -l <"$err")
expect 0 invert in.tif out.tif --report --overwrite --quiet
[ "$(wc -l <"$err")" -eq $((lines - 1)) ] || fail "--quiet leaves more, or less, than the report"
expect 0 gaussblur packed.tif out.tif --sigma 2 --json --overwrite --max-memory 1G
stderr_empty
is 'sorted(d)' "['buffer_bytes', 'bytes_decoded', 'bytes_read', 'bytes_written', 'collisions', 'command', 'decode_seconds', 'encode_seconds', 'input', 'io_seconds', 'kernel_seconds', 'lost', 'major_faults', 'max_memory_bytes', 'minor_faults', 'mode', 'output', 'passes', 'peak_anonymous_bytes', 'peak_file_bytes', 'peak_resident_bytes', 'peak_shared_bytes', 'pixels', 'pixels_per_second', 'run_seconds', 'seconds', 'threads', 'tile_height', 'tile_width', 'tiles', 'wait_seconds', 'warning']"
is 'd["pixels"], d["passes"], d["max_memory_bytes"], d["bytes_decoded"] >= 720000' "(240000, 1, 1073741824, True)"
is 'd["bytes_read"] >= 720000, d["bytes_written"] == 720000, d["tiles"] >= 1, d["minor_faults"] > 0' "(True, True, True, True)"
is 'd["peak_resident_bytes"] >= d["peak_anonymous_bytes"] > 0, d["peak_file_bytes"] > 0' "(True, True)"
is 'd["buffer_bytes"] > 0 and d["kernel_seconds"] > 0 and d["pixels_per_second"] > 0' True
expect 0 compare in.tif packed.tif --json
is 'd["report"]' None
expect 0 compare in.tif packed.tif --json --report
is 'd["same"], d["report"]["pixels"], d["report"]["bytes_read"], d["report"]["bytes_decoded"]' "(True, 240000, 1440000, 720000)"
expect 0 compare in.tif packed.tif --report
stderr_has "page faults"
stdout_has "are the same"
expect 0 convert in.tif out.png --overwrite --report --quiet
stderr_has "encoding"
expect 0 generate out.tif --size 10x10 --overwrite --report --quiet
stderr_has "pixels a second"
