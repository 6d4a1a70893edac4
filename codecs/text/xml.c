/* Reading XML by events, over a text in memory. Every step moves `at` on or ends in BROKEN, so that no text can keep it
 * going, and names of open elements are slices of the text itself, in an array of fixed depth. */
#define _GNU_SOURCE 1
#include "codecs/text/xml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void rst_xml_start(struct rst_xml *xml, const char *text, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8 */
    *xml = (struct rst_xml){.at = text, .end = text + size};
    if (size >= 3 && memcmp(text, mark, 3) == 0) xml->at += 3;
}

bool rst_xml_is(struct rst_xml_slice slice, const char *word)
{
    size_t length = strlen(word);
    return slice.size == length && (length == 0 || memcmp(slice.at, word, length) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static enum rst_xml_event fail(struct rst_xml *xml)
{
    xml->broken = true;
    return RST_XML_BROKEN;
}

static bool starts(const struct rst_xml *xml, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(xml->end - xml->at) >= length && memcmp(xml->at, word, length) == 0;
}

/* The place behind the next `word` from `from` on; NULL where it is not there. */
static const char *behind(const struct rst_xml *xml, const char *from, const char *word)
{
    size_t length = strlen(word);
    if (from > xml->end) return NULL;
    const char *found = memmem(from, (size_t)(xml->end - from), word, length);
    return found ? found + length : NULL;
}

static struct rst_xml_slice name_at(const char *at, const char *end)
{
    struct rst_xml_slice name = {at, 0};
    while (at + name.size < end && is_name(at[name.size]))
        name.size++;
    return name;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* One attribute, name="value"; the place behind it, or NULL where it is none. */
static const char *read_attribute(const char *at, const char *end, struct rst_xml_slice *name,
                                  struct rst_xml_slice *value)
{
    *name = name_at(at, end);
    at = skip_blanks(at + name->size, end);
    if (name->size == 0 || at == end || *at != '=') return NULL;
    at = skip_blanks(at + 1, end);
    if (at == end || (*at != '"' && *at != '\'')) return NULL;
    const char *closing = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (!closing || memchr(at + 1, '<', (size_t)(closing - at - 1))) return NULL;
    *value = (struct rst_xml_slice){at + 1, (size_t)(closing - at - 1)};
    return closing + 1;
}

static enum rst_xml_event open_element(struct rst_xml *xml)
{
    struct rst_xml_slice name = name_at(xml->at + 1, xml->end), key, value;
    const char *at = xml->at + 1 + name.size, *first = at;
    if (name.size == 0 || xml->depth == RST_XML_DEPTH || (xml->depth == 0 && xml->rooted)) return fail(xml);
    for (;;) {
        const char *next = skip_blanks(at, xml->end);
        if (next == xml->end) return fail(xml);
        if (*next == '>' || *next == '/') {
            at = next;
            break;
        }
        if (next == at) return fail(xml); /* no blank before an attribute */
        at = read_attribute(next, xml->end, &key, &value);
        if (!at) return fail(xml);
    }
    xml->name = name;
    xml->attributes = (struct rst_xml_slice){first, (size_t)(at - first)};
    xml->empty = *at == '/';
    if (xml->empty && (++at == xml->end || *at != '>')) return fail(xml);
    xml->at = at + 1;
    xml->open[xml->depth++] = name;
    xml->rooted = true;
    return RST_XML_OPEN;
}

static enum rst_xml_event close_element(struct rst_xml *xml, struct rst_xml_slice name)
{
    if (xml->depth == 0) return fail(xml);
    struct rst_xml_slice open = xml->open[--xml->depth];
    if (open.size != name.size || memcmp(open.at, name.at, name.size) != 0) return fail(xml);
    xml->name = name;
    return RST_XML_CLOSE;
}

static enum rst_xml_event closing_tag(struct rst_xml *xml)
{
    struct rst_xml_slice name = name_at(xml->at + 2, xml->end);
    const char *at = skip_blanks(xml->at + 2 + name.size, xml->end);
    if (name.size == 0 || at == xml->end || *at != '>') return fail(xml);
    xml->at = at + 1;
    return close_element(xml, name);
}

static enum rst_xml_event plain_text(struct rst_xml *xml)
{
    const char *end = memchr(xml->at, '<', (size_t)(xml->end - xml->at));
    xml->text = (struct rst_xml_slice){xml->at, (size_t)((end ? end : xml->end) - xml->at)};
    xml->at += xml->text.size;
    xml->literal = false;
    if (xml->depth > 0) return RST_XML_TEXT;
    const char *rest = xml->text.at;
    return skip_blanks(rest, rest + xml->text.size) == xml->at ? RST_XML_TEXT : fail(xml);
}

static enum rst_xml_event literal_text(struct rst_xml *xml, size_t mark)
{
    const char *start = xml->at + mark, *end = behind(xml, start, "]]>");
    if (!end || xml->depth == 0) return fail(xml);
    xml->text = (struct rst_xml_slice){start, (size_t)(end - start) - 3};
    xml->literal = true;
    xml->at = end;
    return RST_XML_TEXT;
}

enum rst_xml_event rst_xml_next(struct rst_xml *xml)
{
    static const char comment[] = "<!--", literal[] = "<![CDATA[";
    while (!xml->broken) {
        if (xml->empty) {
            xml->empty = false;
            return close_element(xml, xml->name);
        }
        if (xml->at == xml->end) return xml->depth == 0 && xml->rooted ? RST_XML_END : fail(xml);
        if (*xml->at != '<') {
            enum rst_xml_event event = plain_text(xml);
            if (event == RST_XML_TEXT && xml->depth == 0) continue;
            return event;
        }
        if (starts(xml, literal)) return literal_text(xml, sizeof literal - 1);
        if (starts(xml, "</")) return closing_tag(xml);
        bool is_comment = starts(xml, comment);
        if (!is_comment && !starts(xml, "<?")) return open_element(xml); /* "<!" has no name: it is broken */
        xml->at = behind(xml, xml->at + (is_comment ? 4 : 2), is_comment ? "-->" : "?>");
        if (!xml->at) return fail(xml);
    }
    return RST_XML_BROKEN;
}

/* A character as UTF-8; how many bytes, 0 where it is none that XML has. */
static size_t encode(unsigned long c, char *to)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(lead[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        to[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* What stands between '&' and ';', as UTF-8 in `to`; 0 where it is no entity. It is never longer than its entity. */
static size_t decode_entity(const char *name, size_t size, char *to)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (rst_xml_is((struct rst_xml_slice){name, size}, entities[i].name)) {
            *to = entities[i].c;
            return 1;
        }
    if (size < 2 || size > 8 || name[0] != '#') return 0;
    bool hex = name[1] == 'x';
    char digits[9] = "", *end;
    memcpy(digits, name + (hex ? 2 : 1), size - (hex ? 2 : 1));
    if (!strchr("0123456789abcdefABCDEF", digits[0]) || !digits[0]) return 0;
    unsigned long c = strtoul(digits, &end, hex ? 16 : 10);
    return *end ? 0 : encode(c, to);
}

/* Decodes entities of `size` bytes into `to`, which has as much room and may be `from`. false where some are broken:
 * these stay as they are. */
static bool decode(const char *from, size_t size, char *to, size_t *made)
{
    enum { LONGEST = 10 }; /* "#x10ffff;" */
    bool clean = true;
    char *out = to;
    for (size_t i = 0; i < size;) {
        if (from[i] != '&') {
            *out++ = from[i++];
            continue;
        }
        size_t left = size - i - 1;
        const char *name = from + i + 1, *end = memchr(name, ';', left < LONGEST ? left : LONGEST);
        char character[4];
        size_t bytes = end ? decode_entity(name, (size_t)(end - name), character) : 0;
        if (bytes == 0) {
            clean = false;
            *out++ = from[i++];
            continue;
        }
        memcpy(out, character, bytes);
        out += bytes;
        i = (size_t)(end - from) + 1;
    }
    *made = (size_t)(out - to);
    return clean;
}

bool rst_xml_unescape(char *text)
{
    size_t made;
    bool clean = decode(text, strlen(text), text, &made);
    text[made] = '\0';
    return clean;
}

char *rst_xml_attribute(const struct rst_xml *xml, const char *name, bool *found)
{
    const char *at = xml->attributes.at, *end = at + xml->attributes.size;
    struct rst_xml_slice key, value;
    *found = false;
    for (at = skip_blanks(at, end); at < end; at = skip_blanks(at, end)) {
        at = read_attribute(at, end, &key, &value);
        if (!at) return NULL; /* cannot be: the element was read */
        if (!rst_xml_is(key, name)) continue;
        *found = true;
        size_t made;
        char *copy = malloc(value.size + 1);
        if (copy && !memchr(value.at, '\0', value.size) && decode(value.at, value.size, copy, &made)) {
            copy[made] = '\0';
            return copy;
        }
        free(copy);
        return NULL;
    }
    return NULL;
}

bool rst_xml_decode_text(const struct rst_xml *xml, struct rst_bytes *to)
{
    size_t made = xml->text.size;
    if (made > 0 && memchr(xml->text.at, '\0', made)) return false;
    if (xml->literal) return rst_bytes_append(to, xml->text.at, made);
    char *room = rst_bytes_room(to, made);
    if (!room || !decode(xml->text.at, made, room, &made)) return false;
    to->size += made;
    return true;
}

bool rst_xml_put(struct rst_bytes *to, const char *text)
{
    return rst_bytes_append(to, text, strlen(text));
}

bool rst_xml_escape(struct rst_bytes *to, const char *text)
{
    static const char special[] = "&<>\"", *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    for (; *text; text++) {
        const char *found = strchr(special, *text);
        bool control = (unsigned char)*text < ' ' && !is_blank(*text);
        if (!(found     ? rst_xml_put(to, escaped[found - special])
              : control ? rst_bytes_append(to, "?", 1)
                        : rst_bytes_append(to, text, 1)))
            return false;
    }
    return true;
}
