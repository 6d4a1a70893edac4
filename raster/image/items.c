/* Text of a file: its items, and the names of its bands.
 *
 * Items keep the order in which they were read. A key may be there twice, as in a PNG with two comments: the first is
 * the one that is found and replaced, and removing a key removes them all.
 */
#include "raster/image/items.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static enum rst_status fail_memory(struct rst_error *err)
{
    return rst_fail(err, RST_E_NOMEM, "no memory for an item of metadata");
}

enum rst_status rst_meta_set_text(char **text, const char *value, struct rst_error *err)
{
    char *copy = value ? strdup(value) : NULL;
    if (value && !copy) return rst_fail(err, RST_E_NOMEM, "no memory for a text of %zu bytes", strlen(value));
    free(*text);
    *text = copy;
    return RST_OK;
}

static bool same_domain(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool rst_item_is_plain(const struct rst_item *item)
{
    return same_domain(item->domain, NULL);
}

bool rst_item_is_statistics(const struct rst_item *item)
{
    static const char prefix[] = "STATISTICS_";
    return rst_item_is_plain(item) && item->key && strncmp(item->key, prefix, sizeof prefix - 1) == 0;
}

static bool is_item(const struct rst_item *item, const char *key, int32_t band, const char *domain)
{
    return item->band == band && item->key && strcmp(item->key, key) == 0 && same_domain(item->domain, domain);
}

static void clear_item(struct rst_item *item)
{
    free(item->key);
    free(item->value);
    free(item->domain);
    free(item->role);
}

void rst_meta_clear_items(struct rst_meta *meta)
{
    for (size_t i = 0; meta->items && i < meta->item_count; i++)
        clear_item(&meta->items[i]);
    free(meta->items);
    meta->items = NULL;
    meta->item_count = meta->item_capacity = 0;
}

void rst_meta_clear_band_names(struct rst_meta *meta)
{
    for (size_t i = 0; meta->band_names && i < meta->band_name_count; i++)
        free(meta->band_names[i]);
    free((void *)meta->band_names);
    meta->band_names = NULL;
    meta->band_name_count = 0;
}

static bool copy_text(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

/* Room for one more: as much again as there is, so that many take no longer than they are. */
static bool grow(struct rst_meta *meta)
{
    enum { LEAST = 8 };
    if (meta->item_count < meta->item_capacity) return true;
    size_t capacity = meta->item_count < LEAST ? LEAST : 2 * meta->item_count;
    struct rst_item *items =
        capacity <= SIZE_MAX / sizeof *items ? realloc(meta->items, capacity * sizeof *items) : NULL;
    if (!items) return false;
    meta->items = items;
    meta->item_capacity = capacity;
    return true;
}

enum rst_status rst_meta_append(struct rst_meta *meta, const struct rst_item *item, struct rst_error *err)
{
    struct rst_item copy = {.band = item->band};
    const char *domain = rst_item_is_plain(item) ? NULL : item->domain;
    if (copy_text(&copy.key, item->key) && copy_text(&copy.value, item->value ? item->value : "") &&
        copy_text(&copy.domain, domain) && copy_text(&copy.role, item->role) && grow(meta)) {
        meta->items[meta->item_count++] = copy;
        return RST_OK;
    }
    clear_item(&copy);
    return fail_memory(err);
}

/* Keeps the items that `drop` does not name, in their order. */
static void keep_items(struct rst_meta *meta, bool (*drop)(const struct rst_item *item, const void *user),
                       const void *user)
{
    size_t kept = 0;
    for (size_t i = 0; i < meta->item_count; i++) {
        if (drop(&meta->items[i], user))
            clear_item(&meta->items[i]);
        else
            meta->items[kept++] = meta->items[i];
    }
    meta->item_count = kept;
    if (kept == 0) rst_meta_clear_items(meta);
}

struct name {
    const char *key, *domain;
    int32_t band;
};

static bool has_name(const struct rst_item *item, const void *user)
{
    const struct name *name = user;
    return is_item(item, name->key, name->band, name->domain);
}

static bool has_statistics(const struct rst_item *item, const void *user)
{
    (void)user;
    return rst_item_is_statistics(item);
}

static bool has_band(const struct rst_item *item, const void *user)
{
    (void)user;
    return item->band >= 0;
}

static struct rst_item *find(const struct rst_meta *meta, const char *key, int32_t band, const char *domain)
{
    for (size_t i = 0; i < meta->item_count; i++)
        if (is_item(&meta->items[i], key, band, domain)) return &meta->items[i];
    return NULL;
}

const char *rst_meta_get(const struct rst_meta *meta, const char *key, int32_t band, const char *domain)
{
    const struct rst_item *item = find(meta, key, band, domain);
    return item ? item->value : NULL;
}

enum rst_status rst_meta_set(struct rst_meta *meta, const char *key, int32_t band, const char *domain,
                             const char *value, struct rst_error *err)
{
    struct rst_item *item = find(meta, key, band, domain);
    if (value && item) return rst_meta_set_text(&item->value, value, err);
    if (value) {
        const struct rst_item made = {
            .key = (char *)key, .value = (char *)value, .domain = (char *)domain, .band = band};
        return rst_meta_append(meta, &made, err);
    }
    if (item) keep_items(meta, has_name, &(struct name){key, domain, band});
    return RST_OK;
}

void rst_meta_drop_statistics(struct rst_meta *meta)
{
    keep_items(meta, has_statistics, NULL);
}

void rst_meta_drop_band_items(struct rst_meta *meta)
{
    keep_items(meta, has_band, NULL);
}

bool rst_meta_has_statistics(const struct rst_meta *meta)
{
    for (size_t i = 0; i < meta->item_count; i++)
        if (rst_item_is_statistics(&meta->items[i])) return true;
    return false;
}

enum rst_status rst_meta_name_band(struct rst_meta *meta, int32_t band, const char *name, struct rst_error *err)
{
    if (band < 0) return rst_fail(err, RST_E_ARGUMENT, "there is no band %d to be named", (int)band);
    size_t at = (size_t)band;
    if (at >= meta->band_name_count) {
        if (!name) return RST_OK;
        char **names = realloc((void *)meta->band_names, (at + 1) * sizeof *names);
        if (!names) return rst_fail(err, RST_E_NOMEM, "no memory for the names of %zu bands", at + 1);
        memset((void *)(names + meta->band_name_count), 0, (at + 1 - meta->band_name_count) * sizeof *names);
        meta->band_names = names;
        meta->band_name_count = at + 1;
    }
    return rst_meta_set_text(&meta->band_names[at], name, err);
}
