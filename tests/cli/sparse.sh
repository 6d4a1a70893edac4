# A sparse raw file of 10 GB: opened, described, and a window of it filtered, without reading or filling the rest.
spec=100000x100000x1:u8
if ! truncate -s 10000000000 big.raw 2>/dev/null; then
    not_run "a sparse file of 10 GB, as the file system refuses it"
    exit 77
fi
blocks=$(stat -c %b big.raw)
expect 0 info big.raw --raw $spec
stdout_has "100000 x 100000, 1 band of u8"
expect 0 gaussblur big.raw out.raw --sigma 2 --window 50000,60000,300,200 --raw $spec --quiet
[ "$(stat -c %s out.raw)" -eq 60000 ] || fail "the output has not 60000 bytes"
expect 0 invert big.raw out.tif --window 99900,99900,100,100 --raw $spec --quiet
[ "$(stat -c %b big.raw)" -eq "$blocks" ] || fail "the input has grown"
