#include "reasons.h"

#include <stdio.h>
#include <string.h>

#include "../templates/json.h"

/* Where cut at a byte, bytes of a character's beginning may be left: off. */
static void cut_whole(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && !json_utf8_valid(text, len) &&
           ((unsigned char)text[len - 1] & 0x80) != 0 && strlen(text) - len < 4)
        len--;
    if (json_utf8_valid(text, len))
        text[len] = '\0';
}

void reasons_note(struct reasons *reasons, int status, const char *text)
{
    char reason[REASON_TEXT_MAX];
    size_t i = 0;

    if (status >= 300)
        snprintf(reason, sizeof reason, "HTTP %d: %s", status, text);
    else
        snprintf(reason, sizeof reason, "%s", text);
    cut_whole(reason);
    while (i < reasons->len && strcmp(reasons->items[i].text, reason) != 0)
        i++;
    if (i == REASONS_MAX) {
        reasons->others++;
        return;
    }
    if (i == reasons->len)
        memcpy(reasons->items[reasons->len++].text, reason, sizeof reason);
    reasons->items[i].count++;
}

size_t reasons_commonest(const struct reasons *reasons,
                         const struct reason *out[REASONS_SHOWN],
                         uint64_t *rest)
{
    size_t len = 0;

    *rest = reasons->others;
    for (size_t i = 0; i < reasons->len; i++) {
        const struct reason *item = &reasons->items[i];
        size_t at = len;
        while (at > 0 && out[at - 1]->count < item->count)
            at--;
        if (len == REASONS_SHOWN)
            *rest += at == len ? item->count : out[len - 1]->count;
        else
            len++;
        for (size_t j = len - 1; j > at; j--)
            out[j] = out[j - 1];
        if (at < len)
            out[at] = item;
    }
    return len;
}

void reasons_json(const struct reasons *reasons, struct buf *out)
{
    const struct reason *shown[REASONS_SHOWN];
    uint64_t rest;
    size_t len = reasons_commonest(reasons, shown, &rest);

    buf_add_char(out, '[');
    for (size_t i = 0; i < len; i++) {
        const char *text = shown[i]->text;
        size_t text_len = strlen(text);
        buf_addf(out, "%s{\"count\":%llu,\"reason\":", i > 0 ? "," : "",
                 (unsigned long long)shown[i]->count);
        if (json_utf8_valid(text, text_len))
            json_quote(out, text, text_len);
        else
            buf_add_str(out, "null");
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}
