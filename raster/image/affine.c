/* Affine maps of the plane. */
#include "raster/image/affine.h"

#include <math.h>

struct rst_affine rst_affine_compose(struct rst_affine outer, struct rst_affine inner)
{
    const double *o = outer.m, *i = inner.m;
    return (struct rst_affine){{o[0] * i[0] + o[1] * i[3], o[0] * i[1] + o[1] * i[4], o[0] * i[2] + o[1] * i[5] + o[2],
                                o[3] * i[0] + o[4] * i[3], o[3] * i[1] + o[4] * i[4],
                                o[3] * i[2] + o[4] * i[5] + o[5]}};
}

bool rst_affine_invert(struct rst_affine map, struct rst_affine *out)
{
    const double *m = map.m;
    double determinant = m[0] * m[4] - m[1] * m[3];
    if (!isnormal(determinant)) return false;
    struct rst_affine inverse = {
        {m[4] / determinant, -m[1] / determinant, 0, -m[3] / determinant, m[0] / determinant, 0}};
    if (m[1] == 0 && m[3] == 0) { /* exact where the general form would round twice */
        inverse.m[0] = 1 / m[0];
        inverse.m[4] = 1 / m[4];
        inverse.m[2] = -m[2] / m[0];
        inverse.m[5] = -m[5] / m[4];
    } else {
        inverse.m[2] = -(inverse.m[0] * m[2] + inverse.m[1] * m[5]);
        inverse.m[5] = -(inverse.m[3] * m[2] + inverse.m[4] * m[5]);
    }
    for (int i = 0; i < 6; i++)
        if (!isfinite(inverse.m[i])) return false;
    *out = inverse;
    return true;
}

bool rst_affine_is_identity(struct rst_affine map)
{
    const struct rst_affine identity = RST_AFFINE_IDENTITY;
    for (int i = 0; i < 6; i++)
        if (map.m[i] != identity.m[i]) return false;
    return true;
}
