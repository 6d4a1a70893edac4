/* A small, safe reader of XML, and the escaping that writing it needs: as much as GDAL's metadata takes.
 *
 * It reads a text that lies in memory whole, and allocates nothing but decoded values. There is no DTD (a text with one
 * is broken), so no entities but the five of XML and numbered characters. Comments and processing instructions are
 * skipped.
 */
#ifndef CODECS_TEXT_XML_H
#define CODECS_TEXT_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "raster/base/bytes.h"

/* A part of the text that is read. */
struct rst_xml_slice {
    const char *at;
    size_t size;
};

enum rst_xml_event {
    RST_XML_END,    /* all elements are closed */
    RST_XML_OPEN,   /* name and attributes are those of the element */
    RST_XML_CLOSE,  /* name is that of the element; also follows an element without content */
    RST_XML_TEXT,   /* text, with white space as it is; an element may have several */
    RST_XML_BROKEN, /* not well-formed, nested too deeply, or with a DTD; stays so */
};

enum { RST_XML_DEPTH = 64 };

struct rst_xml {
    const char *at, *end;
    struct rst_xml_slice open[RST_XML_DEPTH]; /* names of the elements we are in */
    int depth;
    struct rst_xml_slice name, attributes, text;
    bool literal; /* text is CDATA: not to be decoded */
    bool empty;   /* a CLOSE is due */
    bool broken, rooted;
};

void rst_xml_start(struct rst_xml *xml, const char *text, size_t size);
enum rst_xml_event rst_xml_next(struct rst_xml *xml);

bool rst_xml_is(struct rst_xml_slice slice, const char *word);

/* The decoded value of an attribute of the element that was just opened, owned by the caller. NULL with *found where
 * there is no memory, or its entities are broken. */
char *rst_xml_attribute(const struct rst_xml *xml, const char *name, bool *found);

/* Appends the text of the last event, decoded. false where there is no memory, or its entities are broken. */
bool rst_xml_decode_text(const struct rst_xml *xml, struct rst_bytes *to);

/* The text with its entities decoded, in place; false where some are broken, and are left as they are. */
bool rst_xml_unescape(char *text);

/* Appends text, escaped for content and for attributes in double quotes. Characters that XML cannot hold become '?'.
 * false where there is no memory. */
bool rst_xml_escape(struct rst_bytes *to, const char *text);

/* Appends text as it is. */
bool rst_xml_put(struct rst_bytes *to, const char *text);

#endif
