# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# What calc computes, against gdal_calc.py and numpy, which are told to compute in double: the very same samples, but for
# powers, logarithms and angles, of which numpy has its own.
by_gdal() {
    local type nodata
    for type in u8 u16 f32; do
        ours generate red.tif --size 331x217 --type $type --pattern noise --seed 1 --overwrite
        ours generate nir.tif --size 331x217 --type $type --pattern noise --seed 2 --overwrite
        for nodata in none 7; do
            what="calc of $type, nodata $nodata"
            ours edit red.tif --nodata $nodata
            ours edit nir.tif --nodata $nodata
            theirs gdal_calc.py --quiet --overwrite -A red.tif -B nir.tif --outfile theirs.tif --type Float32 \
                --NoDataValue=-9999 --calc "(B.astype(float)-A)/(B.astype(float)+A+1)"
            ours calc red.tif nir.tif ours.tif --expr "(B-A)/(B+A+1)" --missing -9999 --overwrite
            gdal_samples theirs.tif theirs.img
            our_samples ours.tif ours.img
            alike theirs.img ours.img "other samples than those of gdal_calc.py"
        done
    done
    what=
}

# Ours, numpy's, and by how many units in the last place they may differ.
by_numpy() {
    local mine expression units files
    ours generate A.tif --size 331x217 --type i16 --pattern noise --seed 1
    ours generate B.tif --size 331x217 --type f32 --pattern noise --seed 2
    our_samples A.tif A.img
    our_samples B.tif B.img
    while IFS=';' read -r mine expression units; do
        what="calc --expr '$mine'"
        case $mine in *B*) files="A.tif B.tif" ;; *) files=A.tif ;; esac
        ours calc $files ours.tif --expr "$mine" --type f64 --overwrite
        our_samples ours.tif ours.img
        theirs "$python" "$here/calc.py" "${expression# }" $units ours.img A.img int16 B.img float32
        [ ! -s "$log.out" ] || fail "$what: $(cat "$log.out")"
    done <<'END'
A + B * 3 - A / 7; A + B * 3 - A / 7; 0
A % 7 + A % -7; np.fmod(A, 7) + np.fmod(A, -7); 0
-A ** 2 + B; -A ** 2 + B; 0
A < B * 100 ? A : B; np.where(A < B * 100, A, B); 0
(A > 0 && B > 0.5) + 2 * (A < 0 || !(B < 0.2)); ((A > 0) & (B > 0.5)) + 2.0 * ((A < 0) | (B >= 0.2)); 0
(A == 3) + (A != 3) * 2 + (A >= 3) * 4 + (A <= 3) * 8; (A == 3) + (A != 3) * 2. + (A >= 3) * 4. + (A <= 3) * 8.; 0
min(A, B, 9) + max(A, B); np.minimum(np.minimum(A, B), 9) + np.maximum(A, B); 0
clamp(A, -100, 100); np.clip(A, -100, 100); 0
sqrt(abs(A)) + floor(B * 9) + ceil(A / 3) + round(A / 2); np.sqrt(np.abs(A)) + np.floor(B * 9) + np.ceil(A / 3) + np.rint(A / 2); 0
isnan(sqrt(A)); np.isnan(np.sqrt(A)) * 1.0; 0
A / (A % 2); A / np.fmod(A, 2); 0
x + 1000 * y; X + 1000.0 * Y; 0
exp(B); np.exp(B); 4
log(abs(A) + 1); np.log(np.abs(A) + 1); 4
log10(abs(A) + 1); np.log10(np.abs(A) + 1); 4
log2(abs(A) + 1); np.log2(np.abs(A) + 1); 4
sin(A); np.sin(A); 4
cos(A); np.cos(A); 4
tan(B); np.tan(B); 4
asin(B); np.arcsin(B); 4
acos(B); np.arccos(B); 4
atan(A); np.arctan(A); 4
atan2(A, B); np.arctan2(A, B); 4
B ** 2.5; B ** 2.5; 4
pow(B, A / 10000); np.power(B, A / 10000); 4
END
    what=
}

if has gdal_calc.py gdal_translate; then by_gdal; fi
if has_numpy; then by_numpy; fi
