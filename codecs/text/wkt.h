/* The coordinate system of a raster as the text that sidecars carry. */
#ifndef CODECS_TEXT_WKT_H
#define CODECS_TEXT_WKT_H

#include <stdbool.h>

#include "raster/image/meta.h"

/* A datum with systems in degrees and in metres (UTM), in the words of the formats that have no codes. */
struct rst_wkt_datum {
    int degrees;               /* EPSG code of latitude and longitude */
    int north, south;          /* UTM zone 0, as it were: zone n is n more; 0: none */
    int first_zone, last_zone; /* that the registry has */
    const char *envi;          /* ENVI's name */
    const char *name, *title, *ellipsoid;
};

/* The datum that a code belongs to, and its UTM zone (0: degrees; negative: south); NULL for a code not in the table.
 */
const struct rst_wkt_datum *rst_wkt_datum_of(int epsg, int *zone);

/* The code for a datum by ENVI's name and a zone; 0 where there is none. */
int rst_wkt_epsg(const char *envi_datum, int zone);

/* Whether rst_wkt_of_geo() has a text. */
bool rst_wkt_is_known(const struct rst_geo *geo);

/* The text that came with the raster, else one made from its EPSG code where the code is of the table above; *wkt is
 * NULL where there is neither. The caller frees it. */
enum rst_status rst_wkt_of_geo(const struct rst_geo *geo, char **wkt, struct rst_error *err);

#endif
