/* What an operation is. The executor (raster/sweep) knows operations only through this header; the library's own are in
 * raster/ops, and a user's own kernel is a `struct rst_op_class` like ours.
 *
 * An operation turns one image into another. Its class says which parameters it takes, what it makes of the image's
 * shape (plan), which window of the input a window of the output needs (need), and how one row of output samples is
 * computed (row). Images are never held whole: the executor cuts the output into tiles, and a tile's rows are pulled
 * one by one through the whole pipeline, each operation asking the one before it for the rows that it needs:
 *
 *     raster -> rows -> first operation -> rows -> second operation -> ... -> raster
 *
 * so a pipeline of any length holds no more than a few rows of every intermediate image, which stay in the core's
 * cache.
 *
 * Rows are packed: the samples of one pixel are side by side (`bands` of them; or one, when the executor takes
 * the bands of an image one at a time), then comes the next pixel. They are aligned for their type.
 *
 * The result of a sample may depend on nothing but the input samples, the parameters and the sample's absolute
 * coordinates: never on where a tile starts, on the order of the rows asked for, or on the instruction set. The promise
 * that results are the same for any number of threads, tile size and layout rests on this.
 */
#ifndef RASTER_SWEEP_OP_H
#define RASTER_SWEEP_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"
#include "raster/base/type.h"
#include "raster/image/affine.h"
#include "raster/image/border.h"
#include "raster/image/shape.h"
#include "raster/image/view.h"

RST_BEGIN

/* ---- parameters: the command line, the help and the JSON schema are all made from this table ---- */

enum rst_param_kind {
    RST_PARAM_INT,     /* value.integer */
    RST_PARAM_REAL,    /* value.real */
    RST_PARAM_CHOICE,  /* value.integer: position in `choices` */
    RST_PARAM_TYPE,    /* value.type */
    RST_PARAM_RECT,    /* value.rect: X,Y,W,H */
    RST_PARAM_SIZE,    /* value.rect.width and height: "5" for 5 x 5, or "7x3"; min and max bound each side */
    RST_PARAM_NUMBERS, /* value.numbers: rows of numbers, "1 2 1; 2 4 2; 1 2 1" or with commas; a rectangle of them */
    RST_PARAM_TEXT     /* value.text, which the class reads itself: an expression, a list of ranges */
};

struct rst_param {
    const char *name; /* "sigma": the option is --sigma */
    enum rst_param_kind kind;
    double min, max;     /* inclusive bounds of INT, REAL and each of NUMBERS; both 0: any finite number */
    const char *preset;  /* the default as text; NULL: must be given; "": may be left out (value.given is false) */
    const char *choices; /* CHOICE: "h|v" */
    const char *unit;    /* "pixels"; NULL: none */
    const char *summary; /* one line, no capital, no full stop */
};

struct rst_value {
    bool given; /* false only where the preset is "" and the user gave nothing */
    int64_t integer;
    double real;
    enum rst_type type;
    struct rst_rect rect;
    int32_t rows, columns; /* of numbers */
    const double *numbers; /* row by row; borrowed during bind */
    const char *text;      /* as it was given; borrowed during bind. A sample of 64 bits is exact only here */
};

/* ---- what the executor tells an operation ---- */

/* Instruction sets that kernels are built for: x86-64-v3 has AVX2, v4 AVX-512. Other machines have the base alone. */
enum rst_isa { RST_ISA_AUTO, RST_ISA_BASE, RST_ISA_V3, RST_ISA_V4, RST_ISA_COUNT };

enum rst_alpha { RST_ALPHA_STRAIGHT, RST_ALPHA_IGNORE }; /* average premultiplied, or treat alpha as any band */

/* A further raster that an operation reads. */
struct rst_other {
    struct rst_shape shape;
    const void *survey; /* the result of the class's `other_survey` over it; NULL where the class has none */
};

/* An operation's place in a run. */
struct rst_stage {
    struct rst_shape in, out; /* with alpha and opacity already -1 under RST_ALPHA_IGNORE */
    struct rst_border border;
    enum rst_isa isa;   /* never RST_ISA_AUTO */
    int32_t bands;      /* samples per pixel in rows: in.bands, or 1 where the executor takes bands one at a time */
    const void *survey; /* the result of the class's survey, of an image of no pixel where a run's cost is reckoned;
                           NULL where the class has none */
    int32_t hold;       /* how many rows got from rst_rows_get() stay valid: set to the rows of one output row's window;
                           prepare may  change it (1: each row is used before the next is got) */
    const struct rst_other *others; /* [other_count] the further rasters it reads, in the order they were given */
    int other_count;
};

/* A tile of the output image that one thread is about to compute, row by row. */
struct rst_tile {
    struct rst_rect out; /* in the output image's coordinates, inside the image */
    struct rst_rect in;  /* need(out), in the input image's coordinates: the columns that every row got covers */
    int32_t band;        /* the first band in the rows: 0 unless bands are taken one at a time */
};

/* The source of input rows, during one tile. */
struct rst_rows;

/* The samples of columns in.x ... in.x + in.width - 1 of row y of the input, y being in in.y ... in.y + in.height - 1.
 * Beyond the image the border rule has been applied. Valid until `hold` more rows were got. Never NULL. */
RST_API const void *rst_rows_get(struct rst_rows *rows, int64_t y);

/* The same row from the first column that lies inside the image to the last one: a tile at an edge has it without a
 * copy. Not for windows that see nothing but what is beyond the image, nor under RST_WRAP. Valid just as long. */
RST_API const void *rst_rows_get_inside(struct rst_rows *rows, int64_t y);

/* The samples of columns out.x ... out.x + out.width - 1 of row y of a further raster, all its bands side by side, in
 * its own type; y is a row of the tile's out. Valid until the next row of the same raster is got. Never NULL. */
RST_API const void *rst_rows_other(struct rst_rows *rows, int other, int64_t y);

/* Memory that lasts as long as a tile: 64-byte aligned, not zeroed, freed by the executor. NULL when there is none. */
struct rst_arena;
RST_API void *rst_arena_get(struct rst_arena *arena, size_t bytes);

/* Adds to a count that the run's report gives: valid results that came out equal to nodata. Any thread. */
struct rst_tally;
RST_API void rst_tally_collisions(struct rst_tally *tally, int64_t count);

/* ---- the class ---- */

enum rst_op_flags {
    RST_OP_POINT = 1, /* a sample depends on the same sample alone; input and output row may be the same memory */
    RST_OP_LOCAL =
        2, /* ... on its own pixel and a halo of fixed size; POINT and LOCAL can run in place if they keep the shape */
    RST_OP_AVERAGES = 4,  /* mixes samples, which are levels (see below); alpha weights the other bands */
    RST_OP_ALL_BANDS = 8, /* rows must hold all bands. AVERAGES implies it where the input has alpha */
    RST_OP_TURNS = 16,    /* rows of the output are columns of the input: tiles are blocks, about as wide as high */
    RST_OP_COLORS = 32, /* makes other colours: the input's profile, gamma and rendering intent are not the result's */
    RST_OP_LEVELS = 64  /* samples are levels, and not indices: refuses palettes */
};

struct rst_op;
struct rst_reduction;
struct rst_raster;
struct rst_run_options;

struct rst_op_class {
    const char *name;    /* "gaussblur": lower case, one word */
    const char *summary; /* one line, no capital, no full stop: "blur with a Gaussian" */
    const char *details; /* method, source, error bound: paragraphs separated by a blank line; may be NULL */
    const char *example; /* a command line behind the program's name: "median scan.tif clean.tif --size 3" */
    const struct rst_param *params;
    int param_count;
    unsigned flags;
    size_t state_size; /* bytes of bound parameters */

    /* Parameter values (in the order of `params`, checked against their ranges) to the state, zeroed before. May
     * refuse combinations; unbind is not called after a failure. NULL where there is no state. */
    enum rst_status (*bind)(const struct rst_value *values, void *state, struct rst_error *err);
    void (*unbind)(void *state); /* frees what the state owns; NULL where it owns nothing */

    /* *out starts as a copy of *in, *to_source as the identity: change what changes. Refuse what cannot be done. NULL:
     * nothing changes. What in->colors borrows is there for plan and prepare alone. */
    enum rst_status (*plan)(const void *state, const struct rst_shape *in, struct rst_shape *out,
                            struct rst_affine *to_source, struct rst_error *err);

    /* The input window that the output window needs; may reach out of the image, where the border rule answers.
     * NULL: the same window. A LOCAL class answers the same for every shape and place, moved along. */
    void (*need)(const void *state, const struct rst_shape *in, struct rst_rect out, struct rst_rect *window);

    /* Once per run, one thread: makes the tables that all tiles share. NULL: *shared is the state itself. */
    enum rst_status (*prepare)(const void *state, struct rst_stage *stage, void **shared, struct rst_error *err);
    void (*finish)(void *shared); /* frees it; NULL where prepare is */

    /* Once per tile, any thread: makes the tile's working memory from the arena. NULL: *work is `shared`. Fails with
     * RST_E_NOMEM alone. */
    enum rst_status (*begin)(const void *shared, const struct rst_stage *stage, const struct rst_tile *tile,
                             struct rst_arena *arena, struct rst_tally *tally, void **work);

    /* Computes row y of the tile's output (out.width pixels of `bands` samples) into `to`, aligned for its type. Rows
     * are mostly asked for from top to bottom, but any row of the tile may be asked for at any time, and again. */
    void (*row)(void *work, struct rst_rows *rows, const struct rst_stage *stage, const struct rst_tile *tile,
                int64_t y, void *to);

    /* The input band that `band` of the output is, for metadata of single bands; -1 where it is made anew: then what
     * the bands show together is what plan says in out->colors, and `names` may have a name for each such band. NULL:
     * the same one, or, where their number changes, none. */
    int32_t (*source_band)(const void *state, const struct rst_shape *in, int32_t band);
    const char *const *names;

    /* Run over the whole input of the operation before it prepares: stage->survey has the result. NULL: none is needed.
     * May be told by the state: `surveys`, where it is set, is asked, and its answer (NULL: none) counts. */
    const struct rst_reduction *survey;
    const struct rst_reduction *(*surveys)(const void *state);

    /* How many further rasters it reads beside its main input. NULL: none. A run is given those of all operations, in
     * the order of the pipeline. They have the size of the operation's input, any type and any bands; prepare refuses
     * what does not fit. Its rows hold all bands (RST_OP_ALL_BANDS). */
    int (*others)(const void *state);

    /* Run over the whole of each further raster: stage->others[i].survey has the result. Where it is set their rows are
     * not read, and their size is free. */
    const struct rst_reduction *(*other_survey)(const void *state);

    /* For what depends on the whole image at once (hysteresis, labels): when row() has made all of the result, which
     * then lies in a raster of its own, this changes it in place, once, before the next operation sees any of it. It
     * splits the pipeline into passes. `image` has the shape stage->out, is mapped or in scratch, and is worked on
     * within options->max_memory, by options->threads threads, stopped by options->cancel; options->progress is told of
     * its rows, and collisions are added to those of options->report. Its samples are aligned, in one block of packed
     * rows, so that rst_raster_view() serves. NULL: nothing to do. */
    enum rst_status (*settle)(const void *shared, const struct rst_stage *stage, struct rst_raster *image,
                              const struct rst_run_options *options, struct rst_error *err);

    /* An operation that goes before this one wherever it is put into a pipeline, as part of what it does: *out, bound,
     * or NULL. NULL: there is none. */
    enum rst_status (*before)(const void *state, struct rst_op **out, struct rst_error *err);
};

/* An operation with its parameters bound (struct rst_op). Opaque, never changed once made: any number of runs, in any
 * threads, may share it. */

/* Binds parameters given as name and text, `count` pairs, e.g. {"sigma", "2"}. RST_E_ARGUMENT names the operation, the
 * parameter, what was given and what is allowed. The class must outlive the operation. */
RST_API RST_MUST_USE enum rst_status rst_op_new(const struct rst_op_class *kind, const char *const (*params)[2],
                                                int count, struct rst_op **out, struct rst_error *err);
RST_API void rst_op_free(struct rst_op **op);
RST_API const struct rst_op_class *rst_op_kind(const struct rst_op *op);
RST_API const void *rst_op_state(const struct rst_op *op);

RST_END

#endif
