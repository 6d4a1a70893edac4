/* Kinds and names of EPSG codes.
 *
 * The registry has no rule by which a code tells its kind; geodetic systems stand in blocks and in threes among the
 * projected ones. So the ranges are listed. Codes inside a range that the registry does not use do not matter.
 * Geocentric systems stand among the geographic ones; of them only those of WGS 84 are told apart, as no raster lies
 * in the others.
 */
#include "raster/image/epsg.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t geodetic[][2] = {
    {3819, 3824},  {3887, 3889}, {3906, 3906}, {4000, 4025}, {4027, 4036}, {4039, 4047}, {4052, 4055}, {4073, 4081},
    {4120, 4216},  {4218, 4389}, {4463, 4466}, {4468, 4470}, {4472, 4473}, {4475, 4483}, {4490, 4490}, {4555, 4558},
    {4600, 4646},  {4657, 4765}, {4801, 4811}, {4813, 4821}, {4823, 4824}, {4882, 5013}, {5132, 5132}, {5228, 5233},
    {5244, 5246},  {5250, 5252}, {5262, 5264}, {5322, 5324}, {5332, 5332}, {5340, 5342}, {5352, 5354}, {5358, 5360},
    {5363, 5365},  {5368, 5381}, {5391, 5393}, {5451, 5451}, {5464, 5464}, {5467, 5467}, {5487, 5489}, {5524, 5527},
    {5544, 5546},  {5558, 5558}, {5560, 5561}, {5591, 5593}, {5681, 5681}, {5828, 5828}, {5830, 5830}, {5884, 5886},
    {6133, 6135},  {6207, 6207}, {6309, 6311}, {6317, 6325}, {6363, 6365}, {6666, 6668}, {6704, 6706}, {6781, 6783},
    {6881, 6883},  {6892, 6892}, {6894, 6894}, {6934, 6934}, {6978, 6983}, {6985, 6990}, {7034, 7042}, {7071, 7073},
    {7084, 7088},  {7133, 7139}, {7371, 7373}, {7656, 7686}, {7789, 7789}, {7796, 7798}, {7815, 7816}, {7842, 7844},
    {7879, 7881},  {7884, 7886}, {7900, 7931}, {8042, 8043}, {8084, 8086}, {8227, 8227}, {8230, 8255}, {8351, 8351},
    {8397, 8431},  {8449, 8449}, {8541, 8545}, {8683, 8685}, {8694, 8699}, {8816, 8818}, {8860, 8860}, {8888, 8888},
    {8898, 8902},  {8905, 8907}, {8915, 8949}, {8972, 9019}, {9053, 9075}, {9138, 9140}, {9146, 9148}, {9151, 9153},
    {9182, 9184},  {9248, 9248}, {9251, 9251}, {9253, 9253}, {9266, 9267}, {9292, 9294}, {9299, 9299}, {9307, 9309},
    {9331, 9333},  {9364, 9364}, {9372, 9372}, {9378, 9384}, {9403, 9403}, {9453, 9453}, {9468, 9470}, {9474, 9475},
    {9545, 9547},  {9694, 9696}, {9700, 9702}, {9739, 9739}, {9753, 9758}, {9763, 9763}, {9775, 9784}, {9866, 9866},
    {9871, 9871},  {9892, 9893}, {9939, 9939}, {9964, 9964}, {9969, 9969}, {9974, 9974}, {9988, 9990}, {20033, 20033},
    {20039, 20041}};
static const uint16_t heights[][2] = {
    {3855, 3855},  {3886, 3886}, {3900, 3903}, {4097, 4100}, {4440, 4440},   {4458, 4458},   {5193, 5214},
    {5237, 5237},  {5317, 5318}, {5336, 5336}, {5498, 5500}, {5554, 5556},   {5597, 5621},   {5628, 5628},
    {5698, 5699},  {5701, 5799}, {5829, 5829}, {5831, 5835}, {5843, 5843},   {5845, 5857},   {5861, 5874},
    {5941, 5976},  {6130, 6132}, {6144, 6190}, {6349, 6349}, {6357, 6360},   {6638, 6644},   {6647, 6665},
    {6693, 6700},  {6871, 6871}, {6893, 6893}, {6916, 6917}, {6927, 6927},   {7400, 7447},   {7651, 7652},
    {7699, 7707},  {7832, 7841}, {7888, 7890}, {7954, 7979}, {8050, 8053},   {8089, 8089},   {8228, 8228},
    {8266, 8267},  {8349, 8350}, {8357, 8378}, {8434, 8434}, {8675, 8675},   {8690, 8691},   {8700, 8815},
    {8841, 8841},  {8881, 8881}, {8897, 8897}, {8904, 8904}, {8911, 8912},   {9130, 9130},   {9245, 9245},
    {9255, 9255},  {9274, 9279}, {9286, 9290}, {9303, 9306}, {9335, 9351},   {9368, 9368},   {9374, 9374},
    {9388, 9390},  {9392, 9402}, {9422, 9452}, {9457, 9464}, {9471, 9471},   {9500, 9544},   {9650, 9672},
    {9675, 9675},  {9681, 9681}, {9705, 9707}, {9711, 9711}, {9714, 9715},   {9721, 9725},   {9742, 9742},
    {9762, 9762},  {9767, 9767}, {9785, 9785}, {9870, 9870}, {9881, 9883},   {9897, 9935},   {9944, 9944},
    {9948, 9953},  {9968, 9968}, {9973, 9973}, {9978, 9978}, {20000, 20001}, {20003, 20003}, {20034, 20038},
    {20043, 20043}};

static bool is_in(const uint16_t ranges[][2], size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1]) return true;
    return false;
}

enum rst_epsg_kind rst_epsg_kind(int code)
{
    enum { WGS_84_GEOCENTRIC = 4978, WGS_84_GEOCENTRIC_OLD = 4328 };
    if (code == WGS_84_GEOCENTRIC || code == WGS_84_GEOCENTRIC_OLD) return RST_EPSG_GEOCENTRIC;
    if (is_in(geodetic, sizeof geodetic / sizeof *geodetic, code)) return RST_EPSG_GEOGRAPHIC;
    if (is_in(heights, sizeof heights / sizeof *heights, code)) return RST_EPSG_HEIGHT;
    return RST_EPSG_PROJECTED;
}

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* A code of at most six digits, in quotes or not; 0 where there is none. */
static int code_at(const char *at)
{
    int code = 0, digits = 0;
    at = skip_blanks(at);
    if (*at == '"') at++;
    while (*at >= '0' && *at <= '9' && digits++ < 6)
        code = 10 * code + (*at++ - '0');
    return *at >= '0' && *at <= '9' ? 0 : code;
}

/* The code of AUTHORITY["EPSG","n"] or ID["EPSG",n], from the bracket on. */
static int code_of_authority(const char *at)
{
    static const char name[] = "\"EPSG\"";
    at = skip_blanks(at + 1);
    if (strncmp(at, name, sizeof name - 1) != 0) return 0;
    at = skip_blanks(at + sizeof name - 1);
    return *at == ',' ? code_at(at + 1) : 0;
}

/* The end of quoted text; a quote in it is doubled. */
static const char *skip_quoted(const char *at)
{
    for (at++; *at; at++) {
        if (*at != '"') continue;
        if (at[1] != '"') return at + 1;
        at++;
    }
    return at;
}

static bool ends_in(const char *from, const char *end, const char *word)
{
    size_t length = strlen(word);
    while (end > from && isspace((unsigned char)end[-1]))
        end--;
    if ((size_t)(end - from) < length || strncmp(end - length, word, length) != 0) return false;
    return (size_t)(end - from) == length || !isalpha((unsigned char)end[-(ptrdiff_t)length - 1]);
}

/* The last authority that stands directly in the outermost node. */
static int code_of_wkt(const char *text)
{
    int depth = 0, code = 0;
    for (const char *at = text; *at;) {
        if (*at == '"') {
            at = skip_quoted(at);
            continue;
        }
        if (*at == '[' || *at == '(') {
            if (depth == 1 && (ends_in(text, at, "AUTHORITY") || ends_in(text, at, "ID"))) {
                int found = code_of_authority(at);
                if (found > 0) code = found;
            }
            depth++;
        } else if (*at == ']' || *at == ')') {
            if (--depth <= 0) break;
        }
        at++;
    }
    return code;
}

/* A zone of UTM, "33N" and then the closing quote; 0 where it is none. */
static int zone_code(const char *at, int north, int south)
{
    char *end;
    long zone = *at >= '0' && *at <= '9' ? strtol(at, &end, 10) : 0;
    if (zone < 1 || zone > 60 || (*end != 'N' && *end != 'S') || end[1] != '"') return 0;
    int base = *end == 'N' ? north : south;
    return base > 0 ? base + (int)zone : 0;
}

/* The code of the first quoted name, where it is a well-known one: ESRI's text has no authorities. */
static int code_of_name(const char *text)
{
    static const struct {
        const char *name;
        int code;
    } systems[] = {{"GCS_WGS_1984\"", 4326},
                   {"GCS_North_American_1983\"", 4269},
                   {"GCS_North_American_1927\"", 4267},
                   {"GCS_ETRS_1989\"", 4258},
                   {"WGS_1984_Web_Mercator_Auxiliary_Sphere\"", 3857},
                   {"WGS_1984_World_Mercator\"", 3395}};
    static const struct {
        const char *prefix;
        int north, south; /* code of zone 0 */
    } zones[] = {{"WGS_1984_UTM_Zone_", 32600, 32700},
                 {"ETRS_1989_UTM_Zone_", 25800, 0},
                 {"NAD_1983_UTM_Zone_", 26900, 0},
                 {"NAD_1927_UTM_Zone_", 26700, 0}};
    const char *name = strchr(text, '"');
    if (!name) return 0;
    name++;
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (strncmp(name, systems[i].name, strlen(systems[i].name)) == 0) return systems[i].code;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        size_t length = strlen(zones[i].prefix);
        if (strncmp(name, zones[i].prefix, length) == 0)
            return zone_code(name + length, zones[i].north, zones[i].south);
    }
    return 0;
}

int rst_epsg_of_text(const char *text)
{
    static const char prefix[] = "EPSG:";
    if (!text) return 0;
    text = skip_blanks(text);
    if (strncmp(text, prefix, sizeof prefix - 1) == 0) return code_at(text + sizeof prefix - 1);
    int code = code_of_wkt(text);
    return code > 0 ? code : code_of_name(text);
}
