/* One extreme of a few rows, for one integer type.
 *
 * Parameters: T, NAME; KIND, least or greatest; WINS(a, b), the one of two samples that is. */

static inline T RST_PASTE(KIND, RST_NAME(wins))(T a, T b)
{
    return WINS(a, b);
}

static void RST_PASTE(KIND, RST_NAME(of_2))(void *result, const void *const *from, size_t count)
{
    const T *a = from[0], *b = from[1];
    T *to = result;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = RST_PASTE(KIND, RST_NAME(wins))(a[i], b[i]);
}

static void RST_PASTE(KIND, RST_NAME(of_3))(void *result, const void *const *from, size_t count)
{
    const T *a = from[0], *b = from[1], *c = from[2];
    T *to = result;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = RST_PASTE(KIND, RST_NAME(wins))(RST_PASTE(KIND, RST_NAME(wins))(a[i], b[i]), c[i]);
}

static void RST_PASTE(KIND, RST_NAME(of_4))(void *result, const void *const *from, size_t count)
{
    const T *a = from[0], *b = from[1], *c = from[2], *d = from[3];
    T *to = result;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        to[i] = RST_PASTE(KIND, RST_NAME(wins))(RST_PASTE(KIND, RST_NAME(wins))(a[i], b[i]),
                                                RST_PASTE(KIND, RST_NAME(wins))(c[i], d[i]));
}
