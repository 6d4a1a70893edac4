/* A network's steps on one type of key.
 *
 * Parameters: KEY, its integer type; NAME; LEAST and MOST, its ends. All are undefined at the end. */

/* Rows that are the same, or lie apart. */
static void RST_NAME(less)(const KEY *a, const KEY *b, KEY *low, size_t n)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++)
        low[i] = a[i] < b[i] ? a[i] : b[i];
}

static void RST_NAME(more)(const KEY *a, const KEY *b, KEY *high, size_t n)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++)
        high[i] = a[i] < b[i] ? b[i] : a[i];
}

static void RST_NAME(sort)(const KEY *a, const KEY *b, KEY *low, KEY *high, size_t n)
{
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++) {
        KEY p = a[i], q = b[i];
        low[i] = p < q ? p : q;
        high[i] = p < q ? q : p;
    }
}

/* Of two rows at once. */
#define COMPARED(a, b)                                                                                                 \
    do {                                                                                                               \
        const KEY low_ = (a) < (b) ? (a) : (b), high_ = (a) < (b) ? (b) : (a);                                         \
        (a) = low_;                                                                                                    \
        (b) = high_;                                                                                                   \
    } while (0)

static void RST_NAME(fly4)(char *memory, const struct rst_rank_step *step, size_t n)
{
    const KEY *a = (const KEY *)(memory + step->from[0]), *b = (const KEY *)(memory + step->from[1]);
    const KEY *c = (const KEY *)(memory + step->from[2]), *d = (const KEY *)(memory + step->from[3]);
    KEY *e = (KEY *)(memory + step->to[0]), *f = (KEY *)(memory + step->to[1]);
    KEY *g = (KEY *)(memory + step->to[2]), *h = (KEY *)(memory + step->to[3]);
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++) {
        KEY p = a[i], q = b[i], r = c[i], s = d[i];
        COMPARED(p, r);
        COMPARED(q, s);
        COMPARED(p, q);
        COMPARED(r, s);
        e[i] = p;
        f[i] = q;
        g[i] = r;
        h[i] = s;
    }
}

static void RST_NAME(fly8)(char *memory, const struct rst_rank_step *step, size_t n)
{
    const KEY *f0 = (const KEY *)(memory + step->from[0]), *f1 = (const KEY *)(memory + step->from[1]);
    const KEY *f2 = (const KEY *)(memory + step->from[2]), *f3 = (const KEY *)(memory + step->from[3]);
    const KEY *f4 = (const KEY *)(memory + step->from[4]), *f5 = (const KEY *)(memory + step->from[5]);
    const KEY *f6 = (const KEY *)(memory + step->from[6]), *f7 = (const KEY *)(memory + step->from[7]);
    KEY *t0 = (KEY *)(memory + step->to[0]), *t1 = (KEY *)(memory + step->to[1]);
    KEY *t2 = (KEY *)(memory + step->to[2]), *t3 = (KEY *)(memory + step->to[3]);
    KEY *t4 = (KEY *)(memory + step->to[4]), *t5 = (KEY *)(memory + step->to[5]);
    KEY *t6 = (KEY *)(memory + step->to[6]), *t7 = (KEY *)(memory + step->to[7]);
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++) {
        KEY k0 = f0[i], k1 = f1[i], k2 = f2[i], k3 = f3[i], k4 = f4[i], k5 = f5[i], k6 = f6[i], k7 = f7[i];
        COMPARED(k0, k4);
        COMPARED(k1, k5);
        COMPARED(k2, k6);
        COMPARED(k3, k7);
        COMPARED(k0, k2);
        COMPARED(k1, k3);
        COMPARED(k4, k6);
        COMPARED(k5, k7);
        COMPARED(k0, k1);
        COMPARED(k2, k3);
        COMPARED(k4, k5);
        COMPARED(k6, k7);
        t0[i] = k0;
        t1[i] = k1;
        t2[i] = k2;
        t3[i] = k3;
        t4[i] = k4;
        t5[i] = k5;
        t6[i] = k6;
        t7[i] = k7;
    }
}

#undef COMPARED

static void RST_NAME(pick_least)(char *memory, const struct rst_rank_step *step, size_t n)
{
    const KEY *f0 = (const KEY *)(memory + step->from[0]), *f1 = (const KEY *)(memory + step->from[1]);
    const KEY *f2 = (const KEY *)(memory + step->from[2]), *f3 = (const KEY *)(memory + step->from[3]);
    const KEY *f4 = (const KEY *)(memory + step->from[4]), *f5 = (const KEY *)(memory + step->from[5]);
    const KEY *f6 = (const KEY *)(memory + step->from[6]), *f7 = (const KEY *)(memory + step->from[7]);
    KEY *to = (KEY *)(memory + step->to[0]);
    RST_ROW_LOOP
    for (size_t i = 0; i < n; i++) {
        KEY p = f0[i] < f1[i] ? f1[i] : f0[i], q = f2[i] < f3[i] ? f3[i] : f2[i];
        KEY r = f4[i] < f5[i] ? f5[i] : f4[i], s = f6[i] < f7[i] ? f7[i] : f6[i];
        p = p < q ? p : q;
        r = r < s ? r : s;
        to[i] = p < r ? p : r;
    }
}

static void RST_NAME(run)(const struct rst_rank_block *block)
{
    char *memory = block->memory;
    for (size_t i = 0; i < block->step_count; i++) {
        const struct rst_rank_step *step = &block->steps[i];
        const KEY *a = (const KEY *)(memory + step->from[0]), *b = (const KEY *)(memory + step->from[1]);
        KEY *low = (KEY *)(memory + step->to[0]), *high = (KEY *)(memory + step->to[1]);
        size_t bytes = block->samples * sizeof(KEY) + step->extra;
        size_t n = (bytes + RST_RANK_LINE - 1) / RST_RANK_LINE * (RST_RANK_LINE / sizeof(KEY));
        switch (step->code) {
        case RST_RANK_LOAD:
            block->load(low, block->rows[step->row], bytes / sizeof(KEY));
            break;
        case RST_RANK_FILL:
            for (size_t k = 0; k < n; k++)
                low[k] = step->row ? MOST : LEAST;
            break;
        case RST_RANK_STORE:
            block->store(block->to[step->row], a, block->samples);
            break;
        case RST_RANK_LESS:
            RST_NAME(less)(a, b, low, n);
            break;
        case RST_RANK_MORE:
            RST_NAME(more)(a, b, high, n);
            break;
        case RST_RANK_SORT:
            RST_NAME(sort)(a, b, low, high, n);
            break;
        case RST_RANK_FLY4:
            RST_NAME(fly4)(memory, step, n);
            break;
        case RST_RANK_FLY8:
            RST_NAME(fly8)(memory, step, n);
            break;
        case RST_RANK_PICK:
            RST_NAME(pick_least)(memory, step, n);
            break;
        case RST_RANK_CODES:
            break;
        }
    }
}

#undef KEY
#undef NAME
#undef LEAST
#undef MOST
