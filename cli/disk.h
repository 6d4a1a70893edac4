/* The space that is left for what a command writes. */
#ifndef CLI_DISK_H
#define CLI_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes free to this user in the folder's file system; UINT64_MAX where it does not say. */
uint64_t disk_free(const char *folder);

/* Whether the folder and the folder of the file (which need not exist) are in one file system. */
bool disk_is_shared(const char *folder, const char *file);

#endif
