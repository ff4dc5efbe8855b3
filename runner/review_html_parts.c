#include <string.h>

#include "review_html.h"
#include "text.h"

#define TEXT_MAX ((size_t)64 << 20)

static void escape(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&':
            buf_add_str(out, "&amp;");
            break;
        case '<':
            buf_add_str(out, "&lt;");
            break;
        case '>':
            buf_add_str(out, "&gt;");
            break;
        case '"':
            buf_add_str(out, "&quot;");
            break;
        case '\'':
            buf_add_str(out, "&#39;");
            break;
        default:
            buf_add_char(out, text[i]);
        }
    }
}

static void add_bytes(struct buf *out, const char *bytes, size_t len)
{
    struct buf visible;

    buf_init(&visible, TEXT_MAX);
    text_visible(&visible, bytes, len);
    escape(out, buf_str(&visible), visible.len);
    if (visible.failed)
        out->failed = visible.failed;
    buf_release(&visible);
}

void review_html_text(struct buf *out, const char *text)
{
    add_bytes(out, text, strlen(text));
}

void review_html_part(struct buf *out, struct json *doc, const char *part)
{
    struct buf text;

    if (strcmp(part, "null") == 0) {
        buf_add_str(out, "–");
        return;
    }
    buf_init(&text, TEXT_MAX);
    review_part_text(doc, part, &text);
    add_bytes(out, buf_str(&text), text.len);
    if (text.failed)
        out->failed = text.failed;
    buf_release(&text);
}

void review_html_money(struct buf *out, int64_t nano, unsigned places,
                       bool known)
{
    char exact[MONEY_TEXT_MAX], shown[MONEY_TEXT_MAX];

    if (!known) {
        buf_add_str(out, "–");
        return;
    }
    money_format(nano, exact);
    review_dollars(review_rounded(nano, places), places, shown);
    buf_addf(out, "<data value=\"%s\">%s</data>", exact, shown);
}

void review_html_head_cell(struct buf *out, const char *name, bool number)
{
    buf_add_str(out, number ? "<th class=\"n\" scope=\"col\">"
                            : "<th scope=\"col\">");
    review_html_text(out, name);
    buf_add_str(out, "</th>");
}

void review_html_cell_text(struct buf *out, const char *text)
{
    buf_add_str(out, "<td>");
    review_html_text(out, text ? text : "–");
    buf_add_str(out, "</td>");
}

void review_html_cell_count(struct buf *out, uint64_t count, bool known)
{
    char text[TEXT_HUMAN_MAX];

    if (known)
        buf_addf(out, "<td class=\"n\" data-sort=\"%llu\">%s</td>",
                 (unsigned long long)count, text_count(count, text));
    else
        buf_add_str(out, "<td class=\"n\" data-sort=\"\">–</td>");
}

void review_html_cell_money(struct buf *out, int64_t nano, unsigned places,
                            bool known)
{
    if (known)
        buf_addf(out, "<td class=\"n\" data-sort=\"%lld\">", (long long)nano);
    else
        buf_add_str(out, "<td class=\"n\" data-sort=\"\">");
    review_html_money(out, nano, places, known);
    buf_add_str(out, "</td>");
}

uint64_t review_html_share(int64_t nano, int64_t most, uint64_t scale)
{
    if (nano <= 0 || most <= 0)
        return 0;
    uint64_t part = (uint64_t)nano, whole = (uint64_t)most;
    while (part > UINT64_MAX / scale) {
        part /= 2;
        whole /= 2;
    }
    uint64_t share = part * scale / whole;
    return share > scale ? scale : share;
}

void review_html_bar(struct buf *out, int64_t nano, int64_t bad, int64_t most)
{
    unsigned long long length = review_html_share(nano, most, 1000);
    unsigned long long wrong = review_html_share(bad, most, 1000);

    buf_add_str(out, "<svg class=\"bar\" viewBox=\"0 0 1000 10\" "
                     "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                     "<rect class=\"track\" width=\"1000\" height=\"10\"/>");
    if (length > 0)
        buf_addf(out, "<rect class=\"fill\" width=\"%llu\" height=\"10\"/>",
                 length);
    if (wrong > 0)
        buf_addf(out, "<rect class=\"bad\" width=\"%llu\" height=\"10\"/>",
                 wrong);
    buf_add_str(out, "</svg>");
}
