# help, version, ops: made from the tables, on stdout, exit 0.
expect 0 help
stdout_has "commands:"
for word in info ops help version generate convert edit compare stats formats pipeline invert linear gamma clamp threshold \
    cast lut conv box gaussblur sharpen sobel scharr prewitt laplacian log canny bands crop flip rotate transpose shrink; do
    grep -q "^  $word " "$out" || fail "help does not list $word"
done
common="threads max-memory border nodata alpha window page raw in-place overwrite format compression level quality max-error
predictor tile strip planar chunky byte-order big-tiff sidecar sparse scratch-dir sync dry-run report quiet json"
for option in $common; do
    stdout_has "--$option"
done
stderr_empty
cp "$out" all
for line in --help -h "--quiet --help"; do
    expect 0 $line
    same "$out" all
done

# Every operation and command has its page, and --help gives it anywhere on the line.
expect 0 ops
names=$(sed -n 's/^  \([a-z0-9]*\) .*/\1/p' "$out")
for name in $names info ops help version generate convert edit compare stats formats pipeline; do
    expect 0 help "$name"
    stdout_has "rasterctl $name"
    [ "$(awk 'length > 100' "$out" | wc -l)" -eq 0 ] || fail "a line is too long"
    cp "$out" page
    expect 0 "$name" --help
    same "$out" page
    expect 0 --help "$name"
    same "$out" page
done
expect 0 gaussblur in.tif out.tif --sigma --help
stdout_has "--sigma"
stdout_has "must be given"
expect 0 help flip
stdout_has "h|v"
stdout_lacks "--in-place"
expect 0 help rotate
stdout_has "90|180|270"
stdout_lacks "--in-place"
expect 0 help invert
stdout_has "rasterctl invert FILE --in-place"

# No parameter has the name of a common option.
expect 0 ops --json
for option in $(echo "$common" | sed "s/ alpha / /") help; do # what --alpha means its value tells
    ! grep -A 12 '"parameters"' "$out" | grep -q "\"name\": \"$option\"" || fail "a parameter is called $option"
done

expect 0 version
grep -Eq '^rasterctl [0-9]+\.[0-9]+\.[0-9]+$' "$out" || fail "no version"
cp "$out" version
expect 0 --version
same "$out" version

refuse "no command 'halp'; did you mean 'help'?" help halp
refuse "does not know what to do with 'b'" help invert b
refuse "does not take --window" ops --window 0,0,1,1
refuse "does not know what to do with 'extra'" version extra
holds all page version
