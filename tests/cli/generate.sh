# generate: the same bytes on any number of threads and in any layout, every pattern and type.
for pattern in noise gradient checker constant; do
    for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
        expect 0 generate a.raw --size 301x203x3 --type $type --pattern $pattern --seed 5 --threads 1 --overwrite --quiet
        expect 0 generate b.raw --size 301x203x3 --type $type --pattern $pattern --seed 5 --threads 3 --overwrite --quiet
        same a.raw b.raw
        expect 0 generate c.raw --raw 301x203x3:$type,bsq --pattern $pattern --seed 5 --overwrite --quiet
        expect 0 convert c.raw c.tif --raw 301x203x3:$type,bsq --overwrite --quiet
        pixels c.tif b.raw
        same a.raw b.raw
    done
done
expect 0 generate a.raw --size 64x64 --seed 1 --quiet --overwrite
expect 0 generate b.raw --size 64x64 --seed 2 --quiet --overwrite
differ a.raw b.raw
[ "$(stat -c %s a.raw)" -eq 4096 ] || fail "64 x 64 bytes are not 4096"

# Known bytes: the numbers must not change from one version to the next.
expect 0 generate a.raw --size 8x1 --seed 0 --quiet --overwrite
[ "$(od -An -tx1 a.raw | tr -d ' ')" = 6378c5f9d48bfe33 ] || fail "the noise is $(od -An -tx1 a.raw)"
expect 0 generate a.raw --size 5x2 --pattern gradient --quiet --overwrite
[ "$(od -An -v -tu1 -w10 a.raw | tr -s ' ')" = " 0 63 127 191 255 0 63 127 191 255" ] || fail "the gradient is $(od -An -tu1 a.raw)"
expect 0 generate a.raw --size 2x2 --pattern constant --value 77 --quiet --overwrite
printf 'MMMM' | cmp - a.raw || fail "the constant is $(od -An -tu1 a.raw)"
expect 0 generate a.raw --size 1x2 --type f32 --pattern constant --value -0.5 --quiet --overwrite
printf '\000\000\000\277\000\000\000\277' | cmp - a.raw || fail "the constant is $(od -An -tf4 a.raw)"
expect 0 generate a.raw --size 130x1 --pattern checker --quiet --overwrite
{
    head -c 64 /dev/zero | tr '\000' '\377'
    head -c 64 /dev/zero
    printf '\377\377'
} | cmp - a.raw || fail "the checkers are wrong"

# The nodata value goes into the file.
expect 0 generate a.tif --size 4x4 --type i16 --nodata -9999 --quiet
expect 0 info a.tif
stdout_has "nodata:       -9999"
expect 0 invert a.tif b.tif --nodata none --quiet
expect 0 info b.tif
stdout_lacks "nodata"
