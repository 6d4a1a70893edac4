/* The table of common options, and the reading of their values. What a value may be is decided here as far as no file
 * has to be looked at; what a format takes of it is the library's to say. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/options.h"
#include "cli/size.h"

enum { MOST_THREADS = 1024, MOST_LEVEL = 22, MOST_QUALITY = 100 };

/* Reads `count` whole numbers separated by `separator`, each low or more, and nothing after them. */
static bool parse_numbers(const char *text, char separator, int count, const int64_t *low, int64_t *numbers)
{
    for (int i = 0; i < count; i++) {
        char *end;
        if (!((*text >= '0' && *text <= '9') || *text == '-')) return false;
        errno = 0;
        numbers[i] = strtoll(text, &end, 10);
        if (errno != 0 || end == text || numbers[i] < low[i]) return false;
        if (*end != (i + 1 < count ? separator : '\0')) return false;
        text = end + 1;
    }
    return true;
}

static enum rst_status set_threads(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &number) || number > MOST_THREADS)
        return rst_fail(err, RST_E_ARGUMENT, "--threads %s: a number from 1 to %d is wanted", value, MOST_THREADS);
    options->threads = (int)number;
    return RST_OK;
}

static enum rst_status set_max_memory(struct options *options, const char *value, struct rst_error *err)
{
    return size_parse("--max-memory", value, &options->max_memory, err);
}

static enum rst_status set_border(struct options *options, const char *value, struct rst_error *err)
{
    return rst_border_parse(value, &options->border, err);
}

static enum rst_status set_nodata(struct options *options, const char *value, struct rst_error *err)
{
    union rst_sample sample;
    if (strcmp(value, "none") != 0 && !rst_sample_parse(value, RST_F64, &sample))
        return rst_fail(err, RST_E_ARGUMENT, "--nodata %s: a number, 'nan' or 'none' is wanted", value);
    options->nodata = value;
    return RST_OK;
}

static enum rst_status set_alpha(struct options *options, const char *value, struct rst_error *err)
{
    if (strcmp(value, "straight") != 0 && strcmp(value, "ignore") != 0)
        return rst_fail(err, RST_E_ARGUMENT, "--alpha %s: 'straight' or 'ignore' is wanted", value);
    options->alpha = *value == 'i' ? RST_ALPHA_IGNORE : RST_ALPHA_STRAIGHT;
    return RST_OK;
}

static enum rst_status set_window(struct options *options, const char *value, struct rst_error *err)
{
    int64_t n[4];
    if (!parse_numbers(value, ',', 4, (int64_t[]){0, 0, 1, 1}, n))
        return rst_fail(err, RST_E_ARGUMENT,
                        "--window %s: X,Y,W,H is wanted: whole numbers, X and Y from 0 on, W and H from 1 on", value);
    options->window = (struct rst_rect){n[0], n[1], n[2], n[3]};
    return RST_OK;
}

static enum rst_status set_page(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){0}, &number) || number > INT32_MAX)
        return rst_fail(err, RST_E_ARGUMENT, "--page %s: a whole number from 0 on is wanted", value);
    options->page = (int)number;
    return RST_OK;
}

static enum rst_status set_raw(struct options *options, const char *value, struct rst_error *err)
{
    return rst_raw_parse(value, &options->raw, err);
}

static enum rst_status set_tile(struct options *options, const char *value, struct rst_error *err)
{
    int64_t n[2];
    if (!parse_numbers(value, 'x', 2, (int64_t[]){16, 16}, n) || n[0] % 16 != 0 || n[1] % 16 != 0)
        return rst_fail(err, RST_E_ARGUMENT, "--tile %s: WxH is wanted, both multiples of 16", value);
    options->create.tile_width = n[0];
    options->create.tile_height = n[1];
    return RST_OK;
}

static enum rst_status set_strip(struct options *options, const char *value, struct rst_error *err)
{
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &options->create.strip_rows))
        return rst_fail(err, RST_E_ARGUMENT, "--strip %s: a number of rows from 1 on is wanted", value);
    return RST_OK;
}

/* The format of that name, in any case of letters. */
static enum rst_status set_format(struct options *options, const char *value, struct rst_error *err)
{
    char known[160] = "";
    size_t used = 0;
    for (int i = 0; rst_format_name(i) != NULL; i++) {
        if (strcasecmp(rst_format_name(i), value) == 0) {
            options->create.format = rst_format_name(i);
            return RST_OK;
        }
        if (used < sizeof known) used += (size_t)snprintf(known + used, sizeof known - used, " %s", rst_format_name(i));
    }
    return rst_fail(err, RST_E_ARGUMENT, "--format %s: one of%s is wanted", value, known);
}

static enum rst_status set_compression(struct options *options, const char *value, struct rst_error *err)
{
    char known[160] = "";
    size_t used = 0;
    options->same_compression = strcmp(value, "same") == 0;
    if (options->same_compression || rst_compression_parse(value, &options->create.compression)) return RST_OK;
    for (int i = RST_COMPRESSION_NONE; i < RST_COMPRESSION_COUNT && used < sizeof known; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, " %s", rst_compression_name((enum rst_compression)i));
    return rst_fail(err, RST_E_ARGUMENT, "--compression %s: one of%s same is wanted", value, known);
}

static enum rst_status set_level(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &number) || number > MOST_LEVEL)
        return rst_fail(err, RST_E_ARGUMENT, "--level %s: a number from 1 to %d is wanted", value, MOST_LEVEL);
    options->create.level = (int)number;
    return RST_OK;
}

static enum rst_status set_quality(struct options *options, const char *value, struct rst_error *err)
{
    int64_t number;
    if (!parse_numbers(value, '\0', 1, (int64_t[]){1}, &number) || number > MOST_QUALITY)
        return rst_fail(err, RST_E_ARGUMENT, "--quality %s: a number from 1 to %d is wanted", value, MOST_QUALITY);
    options->create.quality = (int)number;
    return RST_OK;
}

static enum rst_status set_max_error(struct options *options, const char *value, struct rst_error *err)
{
    union rst_sample sample;
    if (!rst_sample_parse(value, RST_F64, &sample) || !(sample.f64 >= 0) || !isfinite(sample.f64))
        return rst_fail(err, RST_E_ARGUMENT, "--max-error %s: a number from 0 on is wanted", value);
    options->create.max_error = sample.f64;
    return RST_OK;
}

/* Position of `value` among the words of `choices`, which stand apart by '|'; -1 where it is none of them. */
static int find_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    int at = 0;
    for (const char *word = choices;; word += strcspn(word, "|") + 1, at++) {
        size_t here = strcspn(word, "|");
        if (here == length && strncmp(word, value, length) == 0) return at;
        if (word[here] == '\0') return -1;
    }
}

/* The position of the value among the choices that the table of options names. */
static enum rst_status choose(enum option option, const char *value, int *choice, struct rst_error *err)
{
    const struct option_row *row = option_row(option);
    int at = find_choice(row->argument, value);
    if (at < 0) return rst_fail(err, RST_E_ARGUMENT, "--%s %s: one of %s is wanted", row->name, value, row->argument);
    *choice = at;
    return RST_OK;
}

static enum rst_status set_predictor(struct options *options, const char *value, struct rst_error *err)
{
    static const enum rst_predictor predictors[] = {RST_PREDICTOR_AUTO, RST_PREDICTOR_NONE, RST_PREDICTOR_HORIZONTAL,
                                                    RST_PREDICTOR_FLOAT};
    int choice = 0;
    RST_TRY(choose(OPTION_PREDICTOR, value, &choice, err));
    options->create.predictor = predictors[choice];
    return RST_OK;
}

static enum rst_status set_planar(struct options *options, const char *value, struct rst_error *err)
{
    (void)value;
    (void)err;
    options->create.planar = true;
    return RST_OK;
}

static enum rst_status set_chunky(struct options *options, const char *value, struct rst_error *err)
{
    (void)value;
    (void)err;
    options->create.chunky = true;
    return RST_OK;
}

static enum rst_status set_byte_order(struct options *options, const char *value, struct rst_error *err)
{
    static const enum rst_byte_order orders[] = {RST_ORDER_LITTLE, RST_ORDER_BIG, RST_ORDER_NATIVE};
    int choice = 0;
    RST_TRY(choose(OPTION_BYTE_ORDER, value, &choice, err));
    options->create.byte_order = orders[choice];
    return RST_OK;
}

static enum rst_status set_big_tiff(struct options *options, const char *value, struct rst_error *err)
{
    static const enum rst_big_tiff kinds[] = {RST_BIG_TIFF_AUTO, RST_BIG_TIFF_ALWAYS, RST_BIG_TIFF_NEVER};
    int choice = 0;
    RST_TRY(choose(OPTION_BIG_TIFF, value, &choice, err));
    options->create.big_tiff = kinds[choice];
    return RST_OK;
}

static enum rst_status set_sidecar(struct options *options, const char *value, struct rst_error *err)
{
    static const enum rst_sidecar kinds[] = {RST_SIDECAR_AUX, RST_SIDECAR_VRT, RST_SIDECAR_WORLD, RST_SIDECAR_ENVI,
                                             RST_SIDECAR_ESRI};
    int choice = 0;
    RST_TRY(choose(OPTION_SIDECAR, value, &choice, err));
    options->create.sidecar = kinds[choice];
    return RST_OK;
}

static enum rst_status set_scratch_dir(struct options *options, const char *value, struct rst_error *err)
{
    if (*value == '\0') return rst_fail(err, RST_E_ARGUMENT, "--scratch-dir: the name of a folder is wanted");
    options->create.scratch_dir = value;
    return RST_OK;
}

static const struct option_row rows[OPTION_COUNT] = {
    [OPTION_THREADS] = {"threads", "N", "run on N threads (default: all that the process may use)", set_threads},
    [OPTION_MAX_MEMORY] =
        {"max-memory", "SIZE",
         "hold at most this much memory, mapped pages of files included, as in 64M (default: $RASTER_MAX_MEMORY, or "
         "what the machine or its cgroup can spare)",
         set_max_memory},
    [OPTION_BORDER] = {"border", "RULE",
                       "beyond the edges: replicate (default), reflect, reflect101, wrap or constant:V", set_border},
    [OPTION_NODATA] = {"nodata", "V", "the value that marks missing samples, or none (default: the file's)",
                       set_nodata},
    [OPTION_ALPHA] = {"alpha", "RULE", "straight (default): averages weigh by alpha; ignore: alpha is any band",
                      set_alpha},
    [OPTION_WINDOW] = {"window", "X,Y,W,H", "this part of the result only, with its true neighbours", set_window},
    [OPTION_PAGE] =
        {"page", "N",
         "image N of the file, from 0 on (default 0); also written FILE#N, and FILE#N.M for its sub-image M", set_page},
    [OPTION_RAW] = {"raw", "SPEC", "what a raw file holds: WxHxB:type[,bip|bil|bsq][,be|le][,offset=N]", set_raw},
    [OPTION_IN_PLACE] = {"in-place", NULL, "change the one FILE given", NULL},
    [OPTION_OVERWRITE] = {"overwrite", NULL, "replace an existing output", NULL},
    [OPTION_FORMAT] = {"format", "NAME", "of the output (default: by its extension); 'formats' lists them", set_format},
    [OPTION_COMPRESSION] = {"compression", "NAME",
                            "of the output: none, packbits, lzw, deflate, zstd, lzma, jpeg, webp, lerc, or same, that "
                            "of the input (default: none for TIFF)",
                            set_compression},
    [OPTION_LEVEL] = {"level", "N", "effort of the compression: deflate 1 to 12, zstd 1 to 22, lzma 1 to 9", set_level},
    [OPTION_QUALITY] = {"quality", "N", "of JPEG (default 75) and WebP (default: lossless), 1 to 100", set_quality},
    [OPTION_MAX_ERROR] = {"max-error", "E", "how far LERC may change a sample (default 0: not at all)", set_max_error},
    [OPTION_PREDICTOR] = {"predictor", "auto|none|horizontal|float",
                          "compress differences of neighbours, with lzw, deflate, zstd and lzma (default auto)",
                          set_predictor},
    [OPTION_TILE] = {"tile", "WxH", "store the output in tiles, both sides multiples of 16", set_tile},
    [OPTION_STRIP] = {"strip", "N", "store the output in strips of N rows; without either, as the input is stored",
                      set_strip},
    [OPTION_PLANAR] = {"planar", NULL, "store the output band after band", set_planar},
    [OPTION_CHUNKY] = {"chunky", NULL,
                       "store the bands of a pixel side by side; without either, as the input is stored", set_chunky},
    [OPTION_BYTE_ORDER] = {"byte-order", "little|big|native", "of the output (default native, this machine's)",
                           set_byte_order},
    [OPTION_BIG_TIFF] = {"big-tiff", "auto|yes|no", "make a BigTIFF (default auto: where it would not fit 4 GiB)",
                         set_big_tiff},
    [OPTION_SIDECAR] = {"sidecar", "aux|vrt|world|envi|esri",
                        "write a file beside the output with what its format has no place for: OUT.aux.xml, OUT.vrt, a "
                        "world file and .prj, or a header of raw files",
                        set_sidecar},
    [OPTION_SPARSE] = {"sparse", NULL, "take no disk space for parts of the output that are all zero", NULL},
    [OPTION_SCRATCH_DIR] =
        {"scratch-dir", "DIR",
         "folder for what is decoded or about to be encoded (default: $RASTER_TMPDIR, $TMPDIR, /tmp)", set_scratch_dir},
    [OPTION_SYNC] = {"sync", NULL, "wait until the disk has it", NULL},
    [OPTION_DRY_RUN] = {"dry-run", NULL, "tell what it would cost, and do nothing", NULL},
    [OPTION_REPORT] = {"report", NULL, "tell afterwards what it has cost, on stderr or with --json among the rest",
                       NULL},
    [OPTION_QUIET] = {"quiet", NULL, "no progress bar, no summary and no warnings", NULL},
    [OPTION_JSON] = {"json", NULL, "a report for programs, on stdout", NULL},
    [OPTION_HELP] = {"help", NULL, "tell what the command does and takes", NULL},
};

const struct option_row *option_row(enum option option)
{
    return &rows[option];
}
