# stats: numbers that are known, as text and as JSON, of every format, whatever the layout and the threads.
# row BAND MIN MAX MEAN STDDEV VALID NODATA NAN [NAME]: a line of the table, whatever the blanks.
row() {
    tr -s " " <"$out" | sed "s/^ //" | grep -qFx -e "$*" || fail "there is no row $*"
}

bytes 1 2 3 10 20 30 7 200 250 4 0 255 >in.raw
R="--raw 2x2x3:u8"
expect 0 stats in.raw $R
stderr_empty
stdout_is <<EOF
in.raw: 2 x 2, 3 bands of u8
band  min  max   mean       stddev  valid  nodata  nan
   1    1   10    5.5  3.354101966      4       0    0
   2    0  200   55.5  83.78991586      4       0    0
   3    3  255  134.5  118.3986909      4       0    0
EOF
expect 0 stats in.raw $R --nodata 10 --window 1,0,1,2 --quiet
stdout_is <<EOF
in.raw: 2 x 2, 3 bands of u8, nodata 10, of which 1 x 2 from 1,0 on
band  min  max   mean  stddev  valid  nodata  nan
   1    4    4      4       0      1       1    0
   2    0   20     10      10      2       0    0
   3   30  255  142.5   112.5      2       0    0
EOF
expect 0 stats in.raw --raw 2x2x3:u8,bsq --nodata 200
row 1 1 10 4 3.535533906 4 0 0
row 2 7 30 19 9.416297928 3 1 0

# 64 bits have all their digits; NaN is counted apart, or is nodata; of nothing there is nothing to tell.
expect 0 generate big.tif --size 3x3 --type u64 --pattern constant --value 18446744073709551615 --quiet
expect 0 stats big.tif
row 1 18446744073709551615 18446744073709551615 1.844674407e+19 0 9 0 0
bytes 0 0 192 127 0 0 192 127 >nan.raw
expect 0 stats nan.raw --raw 2x1x1:f32,le
row 1 - - - - 0 0 2
expect 0 stats nan.raw --raw 2x1x1:f32,le --nodata nan
row 1 - - - - 0 2 0
bytes 0 0 0 0 0 0 240 127 0 0 0 0 0 0 240 63 >inf.raw
expect 0 stats inf.raw --raw 2x1x1:f64,le
row 1 1 inf inf nan 2 0 0

# A nodata value that the file has, and what --nodata says against it; the names of bands.
expect 0 convert in.raw named.tif $R --nodata 4 --quiet
expect 0 edit named.tif --set "band.2.name=near infrared" --quiet
expect 0 stats named.tif
stdout_has "named.tif: 2 x 2, 3 bands of u8, nodata 4"
row 1 1 10 6 3.741657387 3 1 0
row 2 0 200 55.5 83.78991586 4 0 0 near infrared
expect 0 stats named.tif --nodata none
row 1 1 10 5.5 3.354101966 4 0 0

# Every format, layout, compression and number of threads: the same line.
expect 0 generate in.tif --size 301x203x3 --type u16 --pattern noise --seed 3 --quiet
expect 0 stats in.tif --threads 1
tail -n +2 "$out" >wanted
for word in "a.tif --tile 64x32" "b.tif --planar --strip 7" "c.tif --compression deflate" \
    "d.tif --compression lzw --tile 16x16" "a.png" "a.npy" "a.pam" "a.dat --format ENVI" "e.tif --byte-order big"; do
    file=${word%% *} options=${word#"$file"}
    expect 0 convert in.tif $file $options --quiet
    for threads in 1 2 5; do
        expect 0 stats $file --threads $threads
        tail -n +2 "$out" | diff wanted - || fail "$word: other statistics"
        stderr_empty
    done
done
# Pages: by --page, and by name.
expect 0 stats "in.tif#0"
tail -n +2 "$out" | diff wanted - || fail "other statistics of page 0"
expect 0 stats in.tif --page 0

# JSON has every digit.
if command -v python3 >/dev/null && python3 -c 'import json' 2>/dev/null; then
    value() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print(($1))" "$out"; }
    is() { [ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"; }
    expect 0 stats named.tif --json --window 0,0,2,1
    stderr_empty
    is 'sorted(d)' "['bands', 'command', 'input', 'nodata', 'page', 'report', 'type', 'window']"
    is 'd["command"], d["input"], d["page"], d["type"], d["nodata"]' "('stats', 'named.tif', 0, 'u8', 4)"
    is 'd["window"]' "{'x': 0, 'y': 0, 'width': 2, 'height': 1}"
    is 'sorted(d["bands"][0])' "['band', 'max', 'mean', 'min', 'name', 'nan', 'nodata', 'stddev', 'sum', 'valid']"
    is '[b["band"] for b in d["bands"]], [b["name"] for b in d["bands"]]' "([1, 2, 3], [None, 'near infrared', None])"
    is '[b["sum"] for b in d["bands"]]' "[11, 22, 33]"
    expect 0 stats big.tif --json
    is 'd["bands"][0]["min"], d["bands"][0]["max"]' "(18446744073709551615, 18446744073709551615)"
    expect 0 stats nan.raw --raw 2x1x1:f32,le --json
    is '[d["bands"][0][k] for k in ("min", "max", "sum", "mean", "stddev", "nan")]' "[None, None, None, None, None, 2]"
    expect 0 stats inf.raw --raw 2x1x1:f64,le --json
    is 'd["bands"][0]["mean"], d["bands"][0]["stddev"]' "('inf', 'nan')"
else
    not_run "JSON, as there is no python3"
fi

refuse "'stats' wants 1 file name, 0 given" stats
refuse "what to do with 'b.tif'" stats in.tif b.tif
refuse "does not take --alpha" stats in.tif --alpha ignore
refuse "does not take --overwrite" stats in.tif --overwrite
refuse "does not lie in the result" stats in.tif --window 300,0,2,2
refuse "--nodata 70000 is no value of type u16" stats in.tif --nodata 70000
broken "nowhere.tif" stats nowhere.tif
