/* Coordinate systems as text, for formats without codes.
 *
 * What came as text goes out as it came. Of codes only those are spelled out whose every number is known here: latitude
 * and longitude, and UTM, on three datums. The names are ESRI's, which readers of .prj files go by; the code is named
 * at the end for those who know codes.
 */
#define _GNU_SOURCE 1
#include "codecs/text/wkt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct rst_wkt_datum datums[] = {
    {4326, 32600, 32700, 1, 60, "WGS-84", "WGS_1984", "WGS_1984", "\"WGS_1984\",6378137.0,298.257223563"},
    {4269, 26900, 0, 1, 23, "North America 1983", "North_American_1983", "NAD_1983",
     "\"GRS_1980\",6378137.0,298.257222101"},
    {4258, 25800, 0, 28, 38, "ETRS-89", "ETRS_1989", "ETRS_1989", "\"GRS_1980\",6378137.0,298.257222101"},
};

const struct rst_wkt_datum *rst_wkt_datum_of(int epsg, int *zone)
{
    for (size_t i = 0; i < sizeof datums / sizeof *datums; i++) {
        const struct rst_wkt_datum *datum = &datums[i];
        *zone = 0;
        if (epsg == datum->degrees) return datum;
        *zone = epsg - datum->north;
        if (*zone >= datum->first_zone && *zone <= datum->last_zone) return datum;
        *zone = datum->south - epsg;
        if (datum->south && -*zone >= datum->first_zone && -*zone <= datum->last_zone) return datum;
    }
    return NULL;
}

int rst_wkt_epsg(const char *envi_datum, int zone)
{
    static const char *const aliases[][2] = {
        {"WGS84", "WGS-84"}, {"NAD83", "North America 1983"}, {"NAD-83", "North America 1983"}, {"ETRS89", "ETRS-89"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcasecmp(envi_datum, aliases[i][0]) == 0) envi_datum = aliases[i][1];
    for (size_t i = 0; i < sizeof datums / sizeof *datums; i++) {
        const struct rst_wkt_datum *datum = &datums[i];
        int number = abs(zone);
        if (strcasecmp(envi_datum, datum->envi) != 0) continue;
        if (zone == 0) return datum->degrees;
        if (number < datum->first_zone || number > datum->last_zone || (zone < 0 && !datum->south)) return 0;
        return (zone < 0 ? datum->south : datum->north) + number;
    }
    return 0;
}

bool rst_wkt_is_known(const struct rst_geo *geo)
{
    int zone;
    return (geo->wkt && *geo->wkt) || rst_wkt_datum_of(rst_geo_epsg(geo), &zone);
}

static char *spell_out(const struct rst_wkt_datum *datum, int zone, int epsg)
{
    char *degrees = NULL, *text = NULL;
    if (asprintf(&degrees,
                 "GEOGCS[\"GCS_%s\",DATUM[\"D_%s\",SPHEROID[%s]],PRIMEM[\"Greenwich\",0.0],"
                 "UNIT[\"Degree\",0.0174532925199433]%s",
                 datum->name, datum->name, datum->ellipsoid, zone == 0 ? "" : "]") < 0)
        return NULL;
    int made = zone == 0 ? asprintf(&text, "%s,AUTHORITY[\"EPSG\",\"%d\"]]", degrees, epsg)
                         : asprintf(&text,
                                    "PROJCS[\"%s_UTM_Zone_%d%c\",%s,PROJECTION[\"Transverse_Mercator\"],"
                                    "PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",%s],"
                                    "PARAMETER[\"Central_Meridian\",%d.0],PARAMETER[\"Scale_Factor\",0.9996],"
                                    "PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0],"
                                    "AUTHORITY[\"EPSG\",\"%d\"]]",
                                    datum->title, abs(zone), zone < 0 ? 'S' : 'N', degrees,
                                    zone < 0 ? "10000000.0" : "0.0", 6 * abs(zone) - 183, epsg);
    free(degrees);
    return made < 0 ? NULL : text;
}

enum rst_status rst_wkt_of_geo(const struct rst_geo *geo, char **wkt, struct rst_error *err)
{
    int zone, epsg = rst_geo_epsg(geo);
    const struct rst_wkt_datum *datum = rst_wkt_datum_of(epsg, &zone);
    *wkt = NULL;
    if (geo->wkt && *geo->wkt)
        *wkt = strdup(geo->wkt);
    else if (datum)
        *wkt = spell_out(datum, zone, epsg);
    else
        return RST_OK;
    return *wkt ? RST_OK : rst_fail(err, RST_E_NOMEM, "no memory for the text of a coordinate system");
}
