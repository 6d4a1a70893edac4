# Outputs: not over the input, not over anything without --overwrite, and none from a command that fails.
expect 0 generate in.tif --size 40x30x3 --seed 3 --quiet
cp in.tif first.tif

# The input under its own name, through links of both kinds, and through another path.
ln -s in.tif soft.tif
ln in.tif hard.tif
ln -s soft.tif softer.tif
mkdir folder
for output in in.tif soft.tif softer.tif hard.tif folder/../in.tif "$PWD/in.tif"; do
    refuse "same file" invert in.tif "$output"
    refuse "same file" invert in.tif "$output" --overwrite
    refuse "--in-place" convert soft.tif "$output" --overwrite
    refuse "same file" pipeline in.tif "$output" --overwrite invert ! invert
    same in.tif first.tif
done
rm soft.tif softer.tif hard.tif

# An existing output.
echo precious >out.tif
cp out.tif kept
broken "out.tif exists: name another output, or replace it with --overwrite" invert in.tif out.tif
broken "exists" convert in.tif out.tif
broken "exists" generate out.tif --size 40x30x3
same out.tif kept
broken "is a directory" invert in.tif folder --overwrite
broken "no ordinary file" invert in.tif /dev/null --overwrite
expect 0 invert in.tif out.tif --overwrite
stderr_has "invert: 1200 pixels written"
stdout_empty
expect 0 invert out.tif back.tif --quiet
stderr_empty
expect 0 --quiet --overwrite invert in.tif out.tif --sync
pixels in.tif a.raw
pixels back.tif b.raw
same a.raw b.raw

# A replaced output keeps its mode, and a link to it stays a link.
chmod 600 out.tif
ln -s out.tif link.tif
expect 0 convert in.tif link.tif --overwrite --quiet
[ -L link.tif ] || fail "the link is gone"
[ "$(stat -c %a out.tif)" = 600 ] || fail "the mode has changed"
pixels out.tif b.raw
same a.raw b.raw
rm -r ./*.raw link.tif out.tif back.tif folder kept

# Failures leave nothing.
broken "nowhere.tif" invert nowhere.tif out.tif
broken "nowhere" invert in.tif nowhere/out.tif
broken "in.tif" invert in.tif in.tif/out.tif
expect 1 invert . out.tif
expect 1 info .
printf 'II*' >short.tif
expect 1 invert short.tif out.tif
head -c 2000 in.tif >cut.tif
expect 1 invert cut.tif out.tif
expect 1 invert cut.tif --in-place
head -c 2000 in.tif | cmp - cut.tif || fail "a file that cannot be opened has changed"
echo "no image" >text.txt
expect 1 invert text.txt out.tif
refuse "out.unknown" generate out.unknown --size 4x4
: >empty.tif
expect 1 info empty.tif
holds in.tif first.tif short.tif cut.tif text.txt empty.tif
same in.tif first.tif

# Permissions, which do not bind the superuser.
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 cut.tif
    broken "cut.tif" info cut.tif
    chmod 444 in.tif
    broken "in.tif" invert in.tif --in-place
    same in.tif first.tif
else
    not_run "unreadable files, as the superuser reads all"
fi

# What cannot be told is a failure.
if [ -w /dev/full ]; then
    for line in help ops "ops --json" version "info in.tif --json"; do
        status=0 last=$line
        "$RASTERCTL" $line >/dev/full 2>"$err" || status=$?
        [ "$status" -eq 1 ] || fail "a full disk behind stdout is no failure"
        stderr_has "standard output cannot be written"
        status=0
        "$RASTERCTL" $line >&- 2>"$err" || status=$?
        [ "$status" -eq 1 ] || fail "a closed stdout is no failure"
    done
else
    not_run "a full disk, as there is no /dev/full"
fi
status=0
"$RASTERCTL" invert in.tif ok.tif >&- 2>&- || status=$?
[ "$status" -eq 0 ] || fail "closed descriptors that are not needed are a failure"
pixels ok.tif a.raw
