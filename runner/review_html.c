#include "review_print.h"
int review_print_html(const struct review_print *print, struct err *err)
{
    return review_print_json(print, err);
}
