/* Growing byte arrays. Room doubles, so that appending costs the same however much is there already. */
#include "raster/base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "raster/base/size.h"

enum { FIRST_CAPACITY = 256 };

void *rst_bytes_room(struct rst_bytes *bytes, size_t more)
{
    uint64_t want;
    if (!rst_add(bytes->size, more, &want) || want > SIZE_MAX / 2) return NULL;
    if (want > bytes->capacity || !bytes->data) {
        size_t capacity = bytes->capacity ? bytes->capacity : FIRST_CAPACITY;
        while (capacity < want)
            capacity *= 2;
        unsigned char *data = realloc(bytes->data, capacity);
        if (!data) return NULL;
        bytes->data = data;
        bytes->capacity = capacity;
    }
    return bytes->data + bytes->size;
}

bool rst_bytes_append(struct rst_bytes *bytes, const void *from, size_t size)
{
    void *room = rst_bytes_room(bytes, size);
    if (!room) return false;
    if (size > 0) memcpy(room, from, size);
    bytes->size += size;
    return true;
}

void rst_bytes_clear(struct rst_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct rst_bytes){0};
}
