/* Pixels from one place to another, each so many WORDs; WORD_NAME is what their functions are called by.
 *
 * The bodies are made for one, two, three and four words apart, whose copies become single moves.
 */

static inline __attribute__((always_inline)) void RST_PASTE(pick_by, WORD_NAME)(WORD *to, const WORD *from,
                                                                                size_t pixels, size_t step)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t b = 0; b < step; b++)
            to[p * step + b] = from[2 * p * step + b];
}

/* Pixels 0, 2, 4 ... `to` may be `from`. */
static void RST_PASTE(pick, WORD_NAME)(void *to, const void *from, size_t pixels, size_t step)
{
    switch (step) {
    case 1:
        RST_PASTE(pick_by, WORD_NAME)(to, from, pixels, 1);
        break;
    case 2:
        RST_PASTE(pick_by, WORD_NAME)(to, from, pixels, 2);
        break;
    case 3:
        RST_PASTE(pick_by, WORD_NAME)(to, from, pixels, 3);
        break;
    case 4:
        RST_PASTE(pick_by, WORD_NAME)(to, from, pixels, 4);
        break;
    default:
        RST_PASTE(pick_by, WORD_NAME)(to, from, pixels, step);
    }
}

static inline __attribute__((always_inline)) void RST_PASTE(weave_by, WORD_NAME)(WORD *restrict to,
                                                                                 const WORD *restrict first,
                                                                                 const WORD *restrict second,
                                                                                 size_t pixels, size_t step)
{
    for (size_t p = 0; p < pixels / 2; p++, to += 2 * step, first += step, second += step)
        for (size_t b = 0; b < step; b++) {
            to[b] = first[b];
            to[step + b] = second[b];
        }
    for (size_t b = 0; b < step && pixels % 2; b++)
        to[b] = first[b];
}

static void RST_PASTE(weave, WORD_NAME)(void *to, const void *first, const void *second, size_t pixels, size_t step)
{
    switch (step) {
    case 1:
        RST_PASTE(weave_by, WORD_NAME)(to, first, second, pixels, 1);
        break;
    case 2:
        RST_PASTE(weave_by, WORD_NAME)(to, first, second, pixels, 2);
        break;
    case 3:
        RST_PASTE(weave_by, WORD_NAME)(to, first, second, pixels, 3);
        break;
    case 4:
        RST_PASTE(weave_by, WORD_NAME)(to, first, second, pixels, 4);
        break;
    default:
        RST_PASTE(weave_by, WORD_NAME)(to, first, second, pixels, step);
    }
}
