/* Turning blocks of as many pixels a side as one vector of 16 bytes holds, of a power of two of bytes each. What it
 * finds defined:
 *
 *     T      an unsigned integer of the size of a pixel
 *     SIDE   pixels of a vector
 *     LOW    pairs of the lower halves of two vectors, as places in both one after the other
 *     HIGH   pairs of the upper halves
 *     NAME   what RST_NAME() puts behind a name
 *
 * All of them end here. Pairing vector i with vector i + SIDE / 2 moves the highest bit of a pixel's place (the
 * vector's number, then the number within it) to the other end; after log2(SIDE) times the halves of the place have
 * changed places, and that is the block turned. */
typedef T RST_NAME(vector) __attribute__((vector_size(16)));

static inline void RST_NAME(turn_block)(const char *const *rows, size_t at, char *to, ptrdiff_t stride)
{
    RST_NAME(vector) block[SIDE], paired[SIDE];
    for (int i = 0; i < SIDE; i++)
        memcpy(&block[i], rows[i] + at, sizeof block[i]);
    for (int done = 1; done < SIDE; done *= 2) {
        for (size_t i = 0; i < SIDE / 2; i++) {
            paired[2 * i] = __builtin_shufflevector(block[i], block[i + SIDE / 2], LOW);
            paired[2 * i + 1] = __builtin_shufflevector(block[i], block[i + SIDE / 2], HIGH);
        }
        memcpy(block, paired, sizeof block);
    }
    for (int i = 0; i < SIDE; i++)
        memcpy(to + i * stride, &block[i], sizeof block[i]);
}

static void RST_NAME(turn)(const struct rst_turn_strip *strip)
{
    size_t whole_rows = strip->count / SIDE * SIDE, whole_columns = strip->columns / SIDE * SIDE;
    ptrdiff_t stride = strip->stride;
    for (size_t i = 0; i < whole_rows; i += SIDE) {
        const char *from[SIDE];
        char *to = strip->to + i * sizeof(T);
        memcpy(from, strip->rows + i, sizeof from);
        for (size_t j = 0; j < whole_columns; j += SIDE, to += SIDE * stride)
            RST_NAME(turn_block)(from, j * sizeof(T), to, stride);
    }
    turn_pixels(strip, 0, strip->count, whole_columns, strip->columns, sizeof(T));
    turn_pixels(strip, whole_rows, strip->count, 0, whole_columns, sizeof(T));
}

#undef T
#undef SIDE
#undef LOW
#undef HIGH
#undef NAME
