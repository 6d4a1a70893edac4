/* Walking the directories of a TIFF.
 *
 * libtiff can do this too, but looks every directory up in a list of all earlier ones, which makes a file of n pages
 * cost n * n steps, also where the file was made to that end. Here a page costs two reads. Directories that point back
 * are found with Brent's method: a remembered offset, renewed at every power of two, is met again (R. P. Brent, "An
 * improved Monte Carlo factorization algorithm", BIT 20, 1980).
 */
#include "codecs/tiff/chain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/range.h"
#include "raster/base/size.h"

enum { PAGES_MOST = 1 << 20 };

static uint64_t number_at(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[big_endian ? i : size - 1 - i];
    return number;
}

static void put_number(unsigned char *bytes, size_t size, bool big_endian, uint64_t number)
{
    for (size_t i = 0; i < size; i++, number >>= 8)
        bytes[big_endian ? size - 1 - i : i] = (unsigned char)number;
}

bool rst_tiff_is(const unsigned char *head, size_t size)
{
    if (size < 8 || head[0] != head[1] || (head[0] != 'I' && head[0] != 'M')) return false;
    uint64_t version = number_at(head + 2, 2, head[0] == 'M');
    return version == 42 || version == 43;
}

/* *got is less than `size` at the end of the file only. */
static enum rst_status read_at(int descriptor, void *to, size_t size, uint64_t from, size_t *got, const char *path,
                               struct rst_error *err)
{
    int error = rst_range_read(descriptor, from, to, size, got);
    return error ? rst_fail_errno(err, error, "%s: reading its directories", path) : RST_OK;
}

static enum rst_status read_header(int descriptor, const char *path, struct rst_tiff_chain *chain,
                                   struct rst_error *err)
{
    unsigned char *header = chain->header;
    size_t got;
    RST_TRY(read_at(descriptor, header, sizeof chain->header, 0, &got, path, err));
    if (!rst_tiff_is(header, got)) return rst_fail(err, RST_E_FORMAT, "%s: no TIFF header", path);
    chain->big_endian = header[0] == 'M';
    chain->big = number_at(header + 2, 2, chain->big_endian) == 43;
    chain->header_size = chain->big ? 16 : 8;
    if (got < chain->header_size)
        return rst_fail(err, RST_E_TRUNCATED, "%s: a BigTIFF header has 16 bytes, the file has %zu", path, got);
    if (chain->big && (number_at(header + 4, 2, chain->big_endian) != 8 || number_at(header + 6, 2, false) != 0))
        return rst_fail(err, RST_E_FORMAT, "%s: a BigTIFF whose offsets do not have 8 bytes", path);
    return RST_OK;
}

static uint64_t first_offset(const struct rst_tiff_chain *chain)
{
    return chain->big ? number_at(chain->header + 8, 8, chain->big_endian)
                      : number_at(chain->header + 4, 4, chain->big_endian);
}

enum rst_status rst_tiff_chain_extent(const struct rst_tiff_chain *chain, int descriptor, uint64_t offset,
                                      uint64_t *bytes, const char *path, struct rst_error *err)
{
    unsigned char raw[8];
    size_t size = chain->big ? 8 : 2, got;
    *bytes = UINT64_MAX;
    if (offset > INT64_MAX) return RST_OK;
    RST_TRY(read_at(descriptor, raw, size, offset, &got, path, err));
    if (got < size) return RST_OK;
    /* the number of its entries, the entries, the offset of the next directory */
    uint64_t entries = number_at(raw, size, chain->big_endian), sum;
    if (rst_mul_add(entries, chain->big ? 20 : 12, chain->big ? 16 : 6, &sum)) *bytes = sum;
    return RST_OK;
}

/* The directory after the one at `offset`; 0 where it has none, or where that one does not lie in the file whole. */
static enum rst_status next_offset(const struct rst_tiff_chain *chain, int descriptor, uint64_t length, uint64_t offset,
                                   uint64_t *next, const char *path, struct rst_error *err)
{
    unsigned char raw[8];
    size_t size = chain->big ? 8 : 4, got;
    uint64_t bytes, end;
    *next = 0;
    RST_TRY(rst_tiff_chain_extent(chain, descriptor, offset, &bytes, path, err));
    if (!rst_add(offset, bytes, &end) || end > length) return RST_OK;
    RST_TRY(read_at(descriptor, raw, size, end - size, &got, path, err));
    if (got == size) *next = number_at(raw, size, chain->big_endian);
    return RST_OK;
}

static enum rst_status append(struct rst_tiff_chain *chain, size_t *capacity, uint64_t offset, const char *path,
                              struct rst_error *err)
{
    if (chain->count == *capacity) {
        size_t grown = *capacity ? 2 * *capacity : 4;
        uint64_t *offsets = realloc(chain->offsets, grown * sizeof *offsets);
        if (!offsets) return rst_fail(err, RST_E_NOMEM, "%s: no memory for %zu directories", path, grown);
        chain->offsets = offsets;
        *capacity = grown;
    }
    chain->offsets[chain->count++] = offset;
    return RST_OK;
}

/* The last offset was met `turn` directories earlier: leaves every directory once. */
static void cut_loop(struct rst_tiff_chain *chain, size_t turn)
{
    size_t lead = 0;
    while (chain->offsets[lead] != chain->offsets[lead + turn])
        lead++;
    chain->count = lead + turn;
}

static enum rst_status follow(int descriptor, uint64_t length, const char *path, bool first_only,
                              struct rst_tiff_chain *chain, struct rst_error *err)
{
    uint64_t offset = first_offset(chain);
    size_t capacity = 0, mark = 0;
    while (offset >= 8 && offset < length) {
        if (chain->count == PAGES_MOST)
            return rst_fail(err, RST_E_UNSUPPORTED, "%s: more than %d pages", path, PAGES_MOST);
        RST_TRY(append(chain, &capacity, offset, path, err));
        size_t last = chain->count - 1;
        if (last > 0 && chain->offsets[mark] == offset) {
            cut_loop(chain, last - mark);
            break;
        }
        if ((last & (last - 1)) == 0) mark = last;
        if (first_only) break;
        RST_TRY(next_offset(chain, descriptor, length, offset, &offset, path, err));
    }
    return RST_OK;
}

enum rst_status rst_tiff_chain_read(int descriptor, uint64_t length, const char *path, bool first_only,
                                    struct rst_tiff_chain *chain, struct rst_error *err)
{
    *chain = (struct rst_tiff_chain){0};
    enum rst_status status = read_header(descriptor, path, chain, err);
    if (status == RST_OK) status = follow(descriptor, length, path, first_only, chain, err);
    if (status == RST_OK && chain->count == 0) {
        uint64_t offset = first_offset(chain);
        status = offset >= length
                     ? rst_fail(err, RST_E_TRUNCATED,
                                "%s: its directory is at byte %" PRIu64 ", the file has %" PRIu64 " bytes", path,
                                offset, length)
                     : rst_fail(err, RST_E_FORMAT, "%s: a TIFF without an image: its directory is at byte %" PRIu64,
                                path, offset);
    }
    if (status != RST_OK) rst_tiff_chain_clear(chain);
    return status;
}

void rst_tiff_chain_clear(struct rst_tiff_chain *chain)
{
    free(chain->offsets);
    *chain = (struct rst_tiff_chain){0};
}

void rst_tiff_chain_header(const struct rst_tiff_chain *chain, uint64_t offset, unsigned char header[16])
{
    memcpy(header, chain->header, sizeof chain->header);
    if (chain->big)
        put_number(header + 8, 8, chain->big_endian, offset);
    else
        put_number(header + 4, 4, chain->big_endian, offset);
}
