/* A mapping: a range of a file, of scratch, or of anonymous memory, seen as bytes.
 *
 * This folder holds the only code that calls mmap. What a user of mapped files must know:
 *  - A file that another process truncates takes the pages past its new end with it, even pages edited under
 *    RST_PRIVATE; touching them is SIGBUS. rst_map_populate() answers with an error where a touch would be SIGBUS.
 *  - RST_PRIVATE is copy on write, not a snapshot: a page not yet written to shows what others write to the file.
 *  - A store into a hole of a sparse file on a full disk is SIGBUS and is not reported by a later sync. Mappings
 *    made or grown here have their space reserved first; rst_map_reserve() does it for a file that was there before.
 *  - A mapping belongs to the process that made it. It may be used from any thread; open, close and resize need the
 *    caller to keep others away.
 */
#ifndef RASTER_MAP_MAP_H
#define RASTER_MAP_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raster/base/status.h"

RST_BEGIN

enum rst_mode {
    RST_READ,    /* read-only */
    RST_PRIVATE, /* copy on write: the file keeps its bytes until rst_map_write_back() */
    RST_SHARED   /* stores reach the file, and every process that maps it */
};

enum rst_advice {
    RST_NORMAL,
    RST_SEQUENTIAL,
    RST_RANDOM,
    RST_WILLNEED,
    RST_DONTNEED,
    RST_LARGE /* large pages where the system has them: for files that will be written whole */
};

enum rst_lock { RST_LOCK_SHARED, RST_LOCK_EXCLUSIVE };

struct rst_map;

/* Maps `length` bytes of the file from `offset` on; any offset (page alignment is handled inside); length 0 means to
 * the end of the file. A range that does not lie in the file is RST_E_TRUNCATED with both numbers in the message.
 * RST_SHARED needs a writable file; RST_PRIVATE opens it for writing where it may, for rst_map_write_back(). One
 * O_CLOEXEC descriptor lives until rst_map_close(). Takes no lock. An empty range is a valid mapping of length 0. */
RST_API RST_MUST_USE enum rst_status rst_map_open(const char *path, enum rst_mode mode, uint64_t offset,
                                                  uint64_t length, struct rst_map **out, struct rst_error *err);

/* The same over an open descriptor, which the mapping owns from here on, on failure too. `path` is for messages. */
RST_API RST_MUST_USE enum rst_status rst_map_adopt(int descriptor, const char *path, enum rst_mode mode,
                                                   uint64_t offset, uint64_t length, struct rst_map **out,
                                                   struct rst_error *err);

/* Zeroed memory with no file behind it. Its mode is RST_SHARED: stores need no writing back. */
RST_API RST_MUST_USE enum rst_status rst_map_anonymous(uint64_t length, struct rst_map **out, struct rst_error *err);

/* A zeroed shared mapping of an unlinked file: O_TMPFILE, else mkstemp and unlink. The directory is `directory`, else
 * $RASTER_TMPDIR, else $TMPDIR, else /tmp. Its space is reserved unless `sparse`. */
RST_API RST_MUST_USE enum rst_status rst_map_scratch(const char *directory, uint64_t length, bool sparse,
                                                     struct rst_map **out, struct rst_error *err);

/* The directory that scratch is made in. Borrowed from the argument or the environment. */
RST_API const char *rst_scratch_folder(const char *directory);

/* Unmaps, closes, frees, and sets *map to NULL. Takes NULL. PRIVATE edits not written back are gone. */
RST_API void rst_map_close(struct rst_map **map);

RST_API void *rst_map_data(const struct rst_map *map); /* not page aligned in general; changes in rst_map_resize() */
RST_API uint64_t rst_map_length(const struct rst_map *map);
RST_API uint64_t rst_map_offset(const struct rst_map *map); /* of the first byte, in the file */
RST_API enum rst_mode rst_map_mode(const struct rst_map *map);
RST_API const char *rst_map_path(const struct rst_map *map); /* "(anonymous)", "(scratch)" where there is none */
RST_API int rst_map_descriptor(const struct rst_map *map);   /* borrowed; -1 for anonymous memory */

/* In the calls below a range is in bytes from the start of the mapping; length 0 means to its end. A range beyond the
 * mapping is RST_E_ARGUMENT. */

/* Starts the writing of a SHARED mapping's dirty pages to the disk, or, with `sync`, waits for it (msync, then
 * fdatasync, whose errors count). Nothing to do on the other modes. */
RST_API RST_MUST_USE enum rst_status rst_map_flush(struct rst_map *map, uint64_t from, uint64_t length, bool sync,
                                                   struct rst_error *err);

/* Tells the kernel how a range will be used; RST_NORMAL, RST_SEQUENTIAL and RST_RANDOM count for rst_map_read() of the
 * whole file, too. RST_DONTNEED lets go of pages and never loses an edit: on PRIVATE and
 * anonymous mappings edited pages stay (they may go to swap). Advice is rounded to pages. */
RST_API RST_MUST_USE enum rst_status rst_map_advise(struct rst_map *map, uint64_t from, uint64_t length,
                                                    enum rst_advice advice, struct rst_error *err);

/* Brings a range into memory, ready to be read or (write) stored to, in few system calls. RST_E_TRUNCATED,
 * RST_E_NOSPACE or RST_E_IO where a touch would have been SIGBUS. `write` on READ is RST_E_READONLY. Where the kernel
 * has no MADV_POPULATE_* (before 5.14) the file's length is checked instead and nothing is brought in. */
RST_API RST_MUST_USE enum rst_status rst_map_populate(struct rst_map *map, uint64_t from, uint64_t length, bool write,
                                                      struct rst_error *err);

/* Makes sure that a range can be read: as above, but what lies in the page cache already is left for the touch to map.
 * That is faster, most of all where pages are mapped from before. */
RST_API RST_MUST_USE enum rst_status rst_map_ensure(struct rst_map *map, uint64_t from, uint64_t length,
                                                    struct rst_error *err);

/* Copies a range out of a mapping's file, or into it, without touching the mapping: nothing becomes resident. What is
 * mapped SHARED sees it at once. Not for PRIVATE, whose edits the file does not have, nor for anonymous memory and
 * patchworks (RST_E_UNSUPPORTED). RST_E_TRUNCATED where the file has become shorter. From any thread. */
RST_API RST_MUST_USE enum rst_status rst_map_read(const struct rst_map *map, uint64_t from, uint64_t length, void *to,
                                                  struct rst_error *err);
RST_API RST_MUST_USE enum rst_status rst_map_write(const struct rst_map *map, uint64_t from, uint64_t length,
                                                   const void *bytes, struct rst_error *err);

/* Lets go of a range: its pages are mapped no more, and do not count as resident. No edit is lost: what was stored is
 * in the page cache. Pages that the range shares with its neighbours go too, and come back when they are touched.
 * Nothing to do where memory holds the only copy: on anonymous memory, and on PRIVATE outside of an overlay. From any
 * thread. */
RST_API RST_MUST_USE enum rst_status rst_map_release(struct rst_map *map, uint64_t from, uint64_t length,
                                                     struct rst_error *err);

/* Waits until a range of a SHARED mapping's file (or of a PRIVATE one's overlay) is written, then lets go of it in the
 * page cache, too; on READ, lets go of what is written. rst_map_release() first: what is mapped stays. Fast where
 * rst_map_flush() has started the writing some time before. Nothing to do on the others. */
RST_API RST_MUST_USE enum rst_status rst_map_drop(struct rst_map *map, uint64_t from, uint64_t length,
                                                  struct rst_error *err);

/* True where a range of the file lies in holes alone: it reads as zeros, and touching it would only make pages of them.
 * False where it has data, and where nobody can tell. */
RST_API bool rst_map_is_hole(const struct rst_map *map, uint64_t from, uint64_t length);

/* Moves a range of a PRIVATE mapping into scratch in `directory` (NULL: as rst_map_scratch()), whole pieces of it: it
 * shows what it showed, at the same address, but further edits are stores to the scratch file and not anonymous memory;
 * flush, release and drop apply to it. What is there already stays there. Comes before the first store to the range, or
 * while nobody stores to it; from any thread. rst_map_write_back() writes it back with the rest. Pieces are 2 MiB, from
 * multiples of that in the file on. The first call's directory counts. What others write to the file later is not seen
 * there. Nothing to do on the other modes. */
RST_API RST_MUST_USE enum rst_status rst_map_overlay(struct rst_map *map, uint64_t from, uint64_t length,
                                                     const char *directory, struct rst_error *err);

/* Reserves disk space for a range of a SHARED mapping's file, so that no store into a hole can fail. Existing bytes
 * stay. Nothing to do on PRIVATE and anonymous mappings; RST_E_READONLY on READ. RST_E_NOSPACE names the bytes wanted
 * and the bytes free. */
RST_API RST_MUST_USE enum rst_status rst_map_reserve(struct rst_map *map, uint64_t from, uint64_t length,
                                                     struct rst_error *err);

/* Scratch of `length` bytes of which only what is in use takes up memory and disk space, by pieces of `piece` bytes (a
 * power of two, a page or more). Nothing may be touched before rst_map_patch(). Its descriptor is that of a file whose
 * bytes stand in no order; resize, reserve, populate, advise and flush are not for it. */
RST_API RST_MUST_USE enum rst_status rst_map_patchwork(const char *directory, uint64_t length, uint64_t piece,
                                                       struct rst_map **out, struct rst_error *err);

/* Puts scratch, reserved and in memory, behind the piece from byte index * piece on, which has none: it may be read and
 * stored to, and holds anything. RST_E_NOSPACE names the bytes wanted and the bytes free. From any thread, each piece
 * from one at a time. */
RST_API RST_MUST_USE enum rst_status rst_map_patch(struct rst_map *map, uint64_t index, struct rst_error *err);

/* Takes it away again; what the piece held is lost. A few pieces' memory is kept for use by others, until
 * rst_map_trim(): 16, or what rst_map_keep_idle() told. */
RST_API void rst_map_unpatch(struct rst_map *map, uint64_t index);
RST_API void rst_map_trim(struct rst_map *map);
RST_API void rst_map_keep_idle(struct rst_map *map, uint32_t pieces);

/* Gives a SHARED (or scratch) mapping that ends where its file ends a new length, and the file with it. Growing
 * reserves space (unless it is sparse scratch); on failure file and mapping are as before. The data may move: views
 * into it become invalid. */
RST_API RST_MUST_USE enum rst_status rst_map_resize(struct rst_map *map, uint64_t length, struct rst_error *err);

/* Writes the pages that a PRIVATE mapping changed back to its file (found in /proc/self/pagemap, else by comparison),
 * then drops the private copies. Not atomic: a crash half-way leaves a mixture. RST_E_READONLY where the file cannot be
 * written. On failure the edits are still in the mapping. Nothing to do on the other modes. *bytes (may be NULL) gets
 * the number of bytes written. No other thread may store meanwhile. */
RST_API RST_MUST_USE enum rst_status rst_map_write_back(struct rst_map *map, bool sync, uint64_t *bytes,
                                                        struct rst_error *err);

/* Open-file-description locks on a range of the mapping's file (from, length as above; both 0: the whole file,
 * whatever its length). They are advisory, hold between processes and between mappings of one process, and end with the
 * mapping. Without `wait`, a lock held elsewhere is RST_E_LOCKED at once. EXCLUSIVE needs a writable descriptor. */
RST_API RST_MUST_USE enum rst_status rst_map_lock(struct rst_map *map, enum rst_lock kind, uint64_t from,
                                                  uint64_t length, bool wait, struct rst_error *err);
RST_API RST_MUST_USE enum rst_status rst_map_unlock(struct rst_map *map, uint64_t from, uint64_t length,
                                                    struct rst_error *err);

RST_END

#endif
