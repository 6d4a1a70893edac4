# Wrong usage: exit 2, a message that names the word, a hint; and no file is made.
expect 0 generate in.raw --raw 20x10x3:u8 --quiet
R="--raw 20x10x3:u8"

refuse "no command given"
refuse "no command given" --quiet
refuse "no command 'gausblur'; did you mean 'gaussblur'?" gausblur in.raw out.raw
refuse "no command 'xyzzy'" xyzzy
refuse "'rasterctl' has no option --frobnicate" --frobnicate invert
refuse "did you mean --quiet?" --quit invert in.raw out.raw
refuse "'invert' has no option --overwrit; did you mean --overwrite?" invert in.raw out.raw --overwrit
refuse "'gaussblur' has no option --sigmoid; did you mean --sigma?" gaussblur in.raw out.raw --sigmoid 2
refuse "'gaussblur' has no option -s" gaussblur in.raw out.raw -s 2
refuse "'info' has no option --verbose" info --verbose in.raw
refuse "'convert' has no option --sigma" convert in.raw out.raw --sigma 2

# Parameters of operations.
refuse "sigma" gaussblur in.raw out.raw $R
refuse "sigma" gaussblur in.raw out.raw $R --sigma
refuse "sigma" gaussblur in.raw out.raw $R --sigma soft
refuse "sigma" gaussblur in.raw out.raw $R --sigma -1
refuse "axis" flip in.raw out.raw $R --axis z
refuse "90|180|270" rotate in.raw out.raw $R --angle 45
refuse "'transpose' has no option --angle" transpose in.raw out.raw $R --angle 90
refuse "type" cast in.raw out.raw $R --type u9
refuse "rect" crop in.raw out.raw $R --rect 1,2,3
refuse "kernel" conv in.raw out.raw $R --kernel "1 2; 3 4"

# Values of common options.
for value in 0 -1 x 1.5 99999 ""; do refuse "--threads" invert in.raw out.raw $R --threads "$value"; done
for value in 1,2,3 1,2,3,4,5 -1,0,2,2 0,0,0,2 a,b,c,d "0, 0,2,2" ""; do
    refuse "--window" invert in.raw out.raw $R --window "$value"
done
for value in 256 0x0 16x 17x16 -16x16 16x16x16; do refuse "--tile" convert in.raw out.tif $R --tile "$value"; done
for value in 0 -4 many 1,2; do refuse "--strip" convert in.raw out.tif $R --strip "$value"; done
for value in -1 first 1.0; do refuse "--page" info in.raw $R --page "$value"; done
for value in mirror constant constant:x; do refuse "${value%%:*}" box in.raw out.raw $R --radius 1 --border "$value"; done
refuse "--nodata" invert in.raw out.raw $R --nodata zero
refuse "--nodata -1 is no value of type u8" invert in.raw out.raw $R --nodata -1
refuse "--nodata 0.5 is no value of type u8" invert in.raw out.raw $R --nodata 0.5
refuse "--alpha" invert in.raw out.raw $R --alpha maybe
for spec in 20x10 20x10x3 20x10x3:u9 20x0x3:u8 20x10x3:u8,bpi 20x10x3:u8,offset=-1 20x10x3:u8,offset=x; do
    expect 2 info in.raw --raw "$spec"
done
refuse "--threads needs a value" invert in.raw out.raw $R --threads
refuse "--quiet takes no value" invert in.raw out.raw $R --quiet=yes
refuse "exclude each other" convert in.raw out.tif $R --tile 16x16 --strip 4

# Files.
refuse "wants an input and an output file" invert
refuse "no output file given" invert in.raw $R
refuse "changes one file, and 2 were given" invert in.raw out.raw $R --in-place
refuse "what to do with 'c'" invert in.raw out.raw c $R
refuse "'convert' wants 2 file names, 1 given" convert in.raw $R
refuse "does not take --in-place" convert in.raw --in-place $R
refuse "'info' wants 1 file name, 0 given" info
refuse "what to do with 'b'" info in.raw b
refuse "does not take --overwrite" info in.raw --overwrite
refuse "--tile lays out a new file" invert in.raw --in-place --tile 16x16 $R
refuse "--strip lays out a new file" invert in.raw --in-place --strip 16 $R

# Pipelines.
refuse "and then operations" pipeline in.raw out.raw $R
refuse "wants a file and then operations" pipeline in.raw --in-place $R
refuse "'gaussblur' has no option --sigam; did you mean --sigma?" pipeline in.raw out.raw $R invert ! gaussblur --sigam 2
refuse "'invert' has no option --overwrit; did you mean --overwrite?" pipeline in.raw out.raw $R invert --overwrit
refuse "frob" pipeline in.raw out.raw $R invert ! frob
expect 2 pipeline in.raw out.raw $R invert !
expect 2 pipeline in.raw out.raw $R ! invert
expect 2 pipeline in.raw out.raw $R invert ! ! invert
refuse "'!' joins" invert in.raw out.raw $R ! invert

# What is wrong only for this image.
expect 2 crop in.raw out.raw $R --rect 15,0,10,10
expect 2 invert in.raw out.raw $R --window 15,0,10,10
expect 2 flip in.raw --in-place $R --axis h
stderr_has "flip"
expect 2 crop in.raw --in-place $R --rect 0,0,5,5
expect 2 cast in.raw --in-place $R --type f32
expect 2 pipeline in.raw --in-place $R invert ! shrink --factor 2

# generate
refuse "wants the name" generate --size 2x2x1
refuse "wants --size" generate out.tif
for size in 2 2x 0x2x1 2x2x0 2x2x1x1 axb -2x2 99999999999999x1 2x2x70000; do
    refuse "--size" generate out.tif --size "$size"
done
refuse "--type" generate out.tif --size 2x2 --type float
refuse "pattern" generate out.tif --size 2x2 --pattern dots
refuse "seed" generate out.tif --size 2x2 --seed one
refuse "--value 256" generate out.tif --size 2x2 --pattern constant --value 256
refuse "did you mean --pattern?" generate out.tif --size 2x2 --patern noise
refuse "what 'b.tif' is" generate out.tif b.tif --size 2x2
refuse "--raw tells" generate out.raw --size 2x2x1 --raw 3x2x1:u8
holds in.raw

# A file whose name looks like an option.
cp in.raw ./--odd.raw
expect 0 invert $R --quiet -- --odd.raw out.raw
expect 0 invert $R --quiet out.raw back.raw
same in.raw back.raw
