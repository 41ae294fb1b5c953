/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_WIDER_H
#define DSFIT_TESTS_WIDER_H

#include "tests/accuracy/judged.h"

/* Write the tables of doc/accuracy.md that come from rows of the command line. */
void write_kinds(const struct judged *rows, size_t count);
void write_parameters(const struct judged *rows, size_t count);
void write_published(const struct judged *rows, size_t count);
void write_reports(const struct report *rows, size_t count);

#endif
