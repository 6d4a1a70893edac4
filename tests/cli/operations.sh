# Every operation as a command, with what it makes of numbers that can be reckoned by hand.
# numbers FILE.raw: unsigned bytes.
numbers() { od -An -v -tu1 -w999 "$1" | tr -s ' ' | sed 's/^ //'; }
# gives "NUMBERS" OPERATION...: what the operation makes of in.raw.
gives() {
    wanted=$1
    shift
    expect 0 "$@" in.raw out.raw --raw $shape --overwrite --quiet
    [ "$(numbers out.raw)" = "$wanted" ] || fail "the result is $(numbers out.raw), not $wanted"
}

shape=3x2x1:u8
bytes 0 10 20 100 200 255 >in.raw
bytes 255 200 100 20 10 0 >back.raw
gives "255 245 235 155 55 0" invert
gives "5 25 45 205 255 255" linear --scale 2 --offset 5
gives "0 0 5 45 95 122" linear --scale 0.5 --offset -5
gives "20 20 20 100 150 150" clamp --min 20 --max 150
gives "0 0 0 0 255 255" threshold --value 150
gives "7 7 7 99 99 99" threshold --value 20 --above 99 --below 7
gives "255 245 235 155 55 0" lut --table "$(seq -s " " 255 -1 0)"
gives "0 1 2 2 2 2" lut --table "0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,2"
gives "0 5 10 50 100 128" calc --expr "A / 2" --type u8
gives "0 11 22 100 201 255" calc --expr "A + x" --type u8
gives "128 105 60 60 105 128" blend back.raw --alpha 0.5
gives "7 200 100 20 10 0" mask back.raw --value 7
gives "255 7 7 7 7 7" mask back.raw --value 7 --keep zero
gives "20 10 0 255 200 100" flip --axis h
gives "100 200 255 0 10 20" flip --axis v
gives "100 0 200 10 255 20" rotate --angle 90
gives "255 200 100 20 10 0" rotate --angle 180
gives "20 255 10 200 0 100" rotate --angle 270
gives "0 100 10 200 20 255" transpose
gives "10 20 200 255" crop --rect 1,0,2,2
gives "0 10 20 100 200 255" box --radius 0
gives "0 10 20 100 200 255" conv --kernel 1
gives "0 10 20 100 200 255" cast --type u8
gives "0 0 10 10 20 20 100 100 200 200 255 255" bands --pick 1,1
gives "78 138" shrink --factor 2
gives "0 0 10 100 100 200" conv --kernel "1 0 0"

# Without parameters: those that must be given are asked for.
expect 0 ops
awk '/^  [a-z]/ { name = $1 } /[(]must be given[)]$/ { print name }' "$out" | sort -u >asking
[ "$(wc -l <asking)" -ge 8 ] || fail "operations are missing"
while read -r name; do
    status=0 last=$name
    "$RASTERCTL" "$name" in.raw out.raw --raw $shape --overwrite --quiet 2>"$err" || status=$?
    [ $status -eq 2 ] || fail "exit status is not 2"
    stderr_has "rasterctl: $name"
    stderr_has "--"
done <asking
refuse "clamp needs --min, --max or both" clamp in.raw out.raw --raw $shape --overwrite

expect 0 generate in.tif --size 70x50x3 --seed 2 --quiet
set -- "invert" "linear --scale 1.5 --offset -3" "gamma --exponent 2.2" "clamp --min 10 --max 200" \
    "threshold --value 128" "cast --type f32" "conv --kernel 1,2,1;2,4,2;1,2,1 --divisor 16 --bias 1" \
    "box --radius 2" "gaussblur --sigma 2" "gaussblur --sigma 2 --radius 3" "sharpen --sigma 1 --amount 0.5" "sobel" \
    "scharr" "prewitt" "laplacian --neighbours 8" "log --sigma 1.5" "canny --low 30 --high 90" \
    "crop --rect 1,2,30,20" "flip --axis v" "rotate --angle 90" "transpose" "shrink --factor 3"
for line; do
    expect 0 $line in.tif out.tif --overwrite --quiet
    expect 0 info out.tif
    expect 0 $line in.tif again.tif --overwrite --quiet --threads 3
    same out.tif again.tif
done
expect 0 shrink in.tif out.tif --factor 3 --overwrite --quiet
expect 0 info out.tif
stdout_has "24 x 17, 3 bands of u8"
for line in "rotate --angle 270" transpose; do
    expect 0 $line in.tif out.tif --overwrite --quiet
    expect 0 info out.tif
    stdout_has "50 x 70, 3 bands of u8"
done
expect 0 cast in.tif out.tif --type f32 --overwrite --quiet
expect 0 info out.tif
stdout_has "70 x 50, 3 bands of f32"
