# formats: the list, and that what it says is so: every format written is read again with the same samples, or refused.
expect 0 formats
grep -q "^TIFF  *tif tiff btf$" "$out" || fail "TIFF is not listed with its extensions"
grep -q "^raw  *raw " "$out" || fail "raw is not listed"
stderr_empty
cp "$out" list
[ "$(grep -c "^[A-Za-z]" list)" -eq "$(grep -c "in place: " list)" ] || fail "not every format tells of in place"
expect 0 help
for name in $(sed -n 's/^\([A-Za-z]*\) .*/\1/p' list); do stdout_has "  $name "; done
refuse "what to do with 'x'" formats x
refuse "does not take --format" formats --format TIFF

# tells FORMAT LINE: the line of the format that starts so.
tells() { grep -A 4 "^$1 " list | sed -n "s/^ *$2//p" | head -n 1; }
[ "$(tells TIFF 'in place: ')" = "yes; edit: yes" ] || fail "TIFF cannot be changed"
[ "$(tells raw 'reads: *')" = none ] || fail "raw files are compressed"

# extension FORMAT: one that all its files can have.
extension() {
    case $1 in
    PNM) echo pam ;;
    *) sed -n "s/^$1  *\([a-z]*\).*/\1/p" list ;;
    esac
}

# Whatever a format does not take it refuses: no file is made, no sample is changed.
for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
    for bands in 1 3 5; do
        expect 0 generate in.tif --size 21x13x$bands --type $type --overwrite --quiet
        for name in $(sed -n 's/^\([A-Za-z]*\) .*/\1/p' list); do
            extension=$(extension "$name")
            [ -n "$(tells "$name" 'writes: *')" ] || continue
            status=0 last="convert in.tif out.$extension --format $name"
            "$RASTERCTL" convert in.tif "out.$extension" --format "$name" --quiet >"$out" 2>"$err" || status=$?
            if [ $status -ne 0 ]; then
                [ -s "$err" ] || fail "$name refuses $bands bands of $type without a word"
                [ ! -e "out.$extension" ] || fail "$name refuses $bands bands of $type, and leaves a file"
                echo "$name $bands $type" >>refused
                continue
            fi
            raw=
            [ "$name" != raw ] || raw="--raw 21x13x$bands:$type"
            expect 0 compare in.tif "out.$extension" --only pixels $raw
            rm -f out.*
        done
    done
done
# What each must take.
lacks() { ! grep -q "^$1$" refused 2>/dev/null || fail "refused: $(grep "^$1$" refused)"; }
lacks "TIFF .*"
lacks "raw .*"
lacks "NPY .*"
lacks "ENVI [135] \(u8\|i16\|u16\|i32\|u32\|f32\|f64\)"
lacks "ESRI [135] \(u8\|i16\|u16\|i32\|u32\|f32\)"
lacks "PNG [13] \(u8\|u16\)"
lacks "PNM [13] \(u8\|u16\)"
lacks "PFM [13] f32"
rm -f refused

# Listed in place: pixels change where they lie, and back.
for name in $(sed -n 's/^\([A-Za-z]*\) .*/\1/p' list); do
    extension=$(extension "$name") type=u8 raw=
    [ "$name" != PFM ] || type=f32
    [ "$name" != raw ] || raw="--raw 21x13x3:$type"
    expect 0 generate "work.$extension" --size 21x13x3 --type $type --format "$name" --quiet $raw
    expect 0 info "work.$extension" $raw
    stdout_has "format:       $name"
    cp "work.$extension" first
    case $(tells "$name" 'in place: ') in
    yes*)
        expect 0 invert "work.$extension" --in-place --quiet $raw
        differ first "work.$extension"
        expect 0 invert "work.$extension" --in-place --quiet $raw
        ;;
    *) broken "it cannot be changed in place" invert "work.$extension" --in-place --quiet $raw ;;
    esac
    same first "work.$extension"
    rm work.*
done

if ! command -v python3 >/dev/null; then
    not_run "JSON, as there is no python3"
    exit 0
fi
expect 0 formats --json
python3 - "$out" list <<'EOT' || fail "the JSON is wrong"
import json, sys
formats = json.load(open(sys.argv[1]))
keys = ["name", "extensions", "reads", "writes", "in_place", "edit", "compressions_read", "compressions_written", "notes"]
names = [line.split()[0] for line in open(sys.argv[2]) if not line.startswith(" ")]
assert [f["name"] for f in formats] == names, names
assert all(list(f) == keys for f in formats), [list(f) for f in formats]
assert all(f["notes"] for f in formats), [f["notes"] for f in formats]
tiff = next(f for f in formats if f["name"] == "TIFF")
assert tiff["extensions"] == ["tif", "tiff", "btf"] and tiff["reads"] and tiff["writes"] and tiff["in_place"], tiff
assert "none" in tiff["compressions_written"] and "lzw" in tiff["compressions_read"], tiff
EOT
