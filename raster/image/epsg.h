/* Codes of the EPSG registry, as far as a raster needs them: what kind of system a code names, and finding the code in
 * a system's text. */
#ifndef RASTER_IMAGE_EPSG_H
#define RASTER_IMAGE_EPSG_H

#include "raster/base/export.h"

RST_BEGIN

enum rst_epsg_kind {
    RST_EPSG_PROJECTED,
    RST_EPSG_GEOGRAPHIC, /* degrees; two or three axes */
    RST_EPSG_GEOCENTRIC,
    RST_EPSG_HEIGHT /* vertical, or compound of a vertical and another */
};

/* Codes that the registry did not have when the table was made are taken for projected: most are. */
RST_API enum rst_epsg_kind rst_epsg_kind(int code);

/* The code of a system that is told as "EPSG:32633", or as WKT (1 or 2) whose outermost node ends in AUTHORITY or ID,
 * or bears one of the names that ESRI gives to well-known systems; 0 where none is found. */
RST_API int rst_epsg_of_text(const char *text);

RST_END

#endif
