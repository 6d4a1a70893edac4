/* Marks what the shared libraries export; everything else is hidden. C++ callers get C linkage. */
#ifndef RASTER_BASE_EXPORT_H
#define RASTER_BASE_EXPORT_H

#if defined(RST_STATIC)
#define RST_API
#else
#define RST_API __attribute__((visibility("default")))
#endif

#define RST_MUST_USE __attribute__((warn_unused_result))
#define RST_PRINTF(text, first) __attribute__((format(printf, text, first)))

#ifdef __cplusplus
#define RST_BEGIN extern "C" {
#define RST_END }
#else
#define RST_BEGIN
#define RST_END
#endif

#endif
