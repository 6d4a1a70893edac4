/* The table of sidecars. Those of ENVI, ESRI and GDAL's VRT describe formats of samples alone; a world file and GDAL's
 * .aux.xml go with any. */
#define _GNU_SOURCE 1
#include "codecs/beside/sidecar.h"

#include <stdio.h>
#include <stdlib.h>

#include "codecs/beside/aux_xml.h"
#include "codecs/plain/envi.h"
#include "codecs/plain/esri.h"
#include "codecs/text/header.h"
#include "codecs/beside/vrt.h"
#include "codecs/text/wkt.h"
#include "codecs/text/world.h"

enum rst_status rst_sidecar_read(const char *path, const struct rst_layout *layout, struct rst_meta *meta,
                                 struct rst_error *err)
{
    RST_TRY(rst_aux_read(path, layout->type, layout->bands, meta, err));
    return rst_world_read(path, &meta->geo, err);
}

static enum rst_status write_aux(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                                 const struct rst_create_options *options, unsigned lost, struct rst_error *err)
{
    struct rst_shape shape = rst_raster_shape(raster);
    struct rst_text text = {0};
    char *name = NULL;
    RST_TRY(rst_aux_write(&shape, meta, lost, &text.bytes, err));
    if (text.bytes.size == 0) {
        rst_bytes_clear(&text.bytes);
        return RST_OK;
    }
    if (asprintf(&name, "%s.aux.xml", path) < 0) {
        rst_bytes_clear(&text.bytes);
        return rst_fail(err, RST_E_NOMEM, "%s: no memory for its sidecar's name", path);
    }
    enum rst_status status = rst_text_attach(&text, raster, name, options, err);
    free(name);
    return status;
}

/* What of the metadata a sidecar keeps. */
static unsigned keeps(const struct rst_raster *raster, const struct rst_meta *meta, enum rst_sidecar kind)
{
    const struct rst_shape shape = rst_raster_shape(raster);
    switch (kind) {
    case RST_SIDECAR_AUX:
        return rst_aux_keeps(&shape, meta);
    case RST_SIDECAR_VRT:
        return RST_META_NODATA | RST_META_TRANSFORM | RST_META_CRS | RST_META_BAND_NAMES;
    case RST_SIDECAR_WORLD:
        return RST_META_TRANSFORM | (rst_wkt_is_known(&meta->geo) ? RST_META_CRS : 0);
    case RST_SIDECAR_ENVI:
        return rst_envi_keeps(meta);
    case RST_SIDECAR_ESRI:
        return rst_esri_keeps(meta);
    case RST_SIDECAR_NONE:
        break;
    }
    return 0;
}

static enum rst_status attach(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                              const struct rst_create_options *options, unsigned lost, struct rst_error *err)
{
    switch (options->sidecar) {
    case RST_SIDECAR_AUX:
        return write_aux(raster, path, meta, options, lost, err);
    case RST_SIDECAR_VRT:
        return rst_vrt_write(raster, path, meta, options, err);
    case RST_SIDECAR_WORLD:
        return rst_world_write(raster, path, &meta->geo, options, err);
    case RST_SIDECAR_ENVI:
        return rst_envi_write(raster, path, meta, options, err);
    case RST_SIDECAR_ESRI:
        return rst_esri_write(raster, path, meta, options, err);
    case RST_SIDECAR_NONE:
        break;
    }
    return RST_OK;
}

enum rst_status rst_sidecar_write(struct rst_raster *raster, const char *path, const struct rst_meta *meta,
                                  const struct rst_create_options *options, unsigned *lost, struct rst_error *err)
{
    RST_TRY(attach(raster, path, meta, options, *lost, err));
    *lost &= ~keeps(raster, meta, options->sidecar);
    return RST_OK;
}
