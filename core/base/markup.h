/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MARKUP_H
#define DSFIT_MARKUP_H

#include <stdio.h>

/* Write a text so that it means itself in XML and in HTML, between tags as well as in a quoted
 * attribute. What XML does not allow, such as a control character or broken UTF-8, becomes "?". */
void dsfit_put_escaped(FILE *out, const char *text);

#endif
